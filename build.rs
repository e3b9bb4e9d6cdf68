//! Builds anew when a migration is added: the binary holds them all.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
