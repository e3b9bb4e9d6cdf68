//! Documented answers, digit for digit.
