//! Accounts that are one key shown to one server: the settings that most vendors have in common.

use std::marker::PhantomData;
use std::path::PathBuf;

use secrecy::SecretString;
use serde::Deserialize;

use super::account::{Account, OpenError, Opened, SecretSetting};
use super::http::{Auth, Credential, Http, HttpConfig, Wire};

/// A vendor that is asked with one key at one address.
pub trait Vendor: Send + Sync {
    /// Where the vendor is, unless the configuration says otherwise.
    const BASE_URL: &'static str;

    /// Which key it has to be and where it is made: what a person is told whose key is refused.
    const KEY_HELP: &'static str;

    /// How the key is shown.
    fn auth(key: Credential) -> Auth {
        Auth::bearer(key)
    }

    /// What there is to ask over the connection; nothing is asked yet.
    fn open(http: Http) -> Opened;
}

/// The settings of an account at such a vendor.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields, bound = "")]
pub struct KeyConfig<V: Vendor> {
    pub api_key: Option<SecretString>,
    pub api_key_file: Option<PathBuf>,
    pub base_url: String,
    #[serde(skip)]
    vendor: PhantomData<V>,
}

impl<V: Vendor> Default for KeyConfig<V> {
    fn default() -> Self {
        Self { api_key: None, api_key_file: None, base_url: V::BASE_URL.to_owned(), vendor: PhantomData }
    }
}

impl<V: Vendor> Account for KeyConfig<V> {
    fn secrets(&self) -> Vec<SecretSetting<'_>> {
        vec![SecretSetting::required("api_key", self.api_key.as_ref(), self.api_key_file.as_deref())]
    }

    fn open(&self, wire: &Wire) -> Result<Opened, OpenError> {
        let key = Credential::from_config(self.api_key.as_ref(), self.api_key_file.as_deref())?;
        let config = HttpConfig { key_help: Some(V::KEY_HELP), ..wire.to(&self.base_url, V::auth(key)) };
        Ok(V::open(Http::new(config)?))
    }
}
