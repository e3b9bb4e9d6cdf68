//! Keys in a file with sections, as Amazon's command line keeps them.

use std::path::PathBuf;

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};

use super::vault::{Keys, Source};
use crate::providers::feed::FetchError;

/// A section of the file, which is read again each time.
pub(super) struct Profile {
    pub(super) file: PathBuf,
    pub(super) name: String,
}

#[async_trait]
impl Source for Profile {
    async fn load(&self) -> Result<Keys, FetchError> {
        let file = self.file.display();
        let text = tokio::fs::read_to_string(&self.file).await.map(SecretString::from);
        let text = text.map_err(|error| FetchError::Unauthorized(format!("cannot read `{file}`: {error}")))?;
        let missing = || {
            FetchError::Unauthorized(format!(
                "profile `{}` of `{file}` holds no aws_access_key_id and aws_secret_access_key; single sign-on and \
                 credential_process are not supported",
                self.name
            ))
        };
        read(text.expose_secret(), &self.name).ok_or_else(missing)
    }
}

/// The keys of `[name]` in `text`; `None` where one of them is missing.
fn read(text: &str, name: &str) -> Option<Keys> {
    let mut section = "";
    let (mut id, mut secret, mut session_token) = (None, None, None);
    for line in text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';'])) {
        if let Some(header) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = header.trim();
        } else if let Some((key, value)) = line.split_once('=').filter(|_| section == name) {
            let value = value.trim();
            match key.trim() {
                "aws_access_key_id" => id = Some(value.to_owned()),
                "aws_secret_access_key" => secret = Some(value.into()),
                "aws_session_token" => session_token = Some(value.into()),
                _ => {}
            }
        }
    }
    Some(Keys { id: id?, secret: secret?, session_token, expires_at: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# of the team\n[default]\naws_access_key_id = AKIA1\naws_secret_access_key=s/1=\n\n\
                        [ billing ]\r\nregion = eu-west-1\naws_access_key_id=AKIA2\naws_secret_access_key = s2\n\
                        aws_session_token = t2\n[half]\naws_access_key_id = AKIA3\n";

    #[test]
    fn a_profile_has_its_own_keys_and_no_others() {
        let default = read(TEXT, "default").unwrap();
        assert_eq!((default.id.as_str(), default.secret.expose_secret()), ("AKIA1", "s/1="));
        assert!(default.session_token.is_none());
        let billing = read(TEXT, "billing").unwrap();
        assert_eq!((billing.id.as_str(), billing.secret.expose_secret()), ("AKIA2", "s2"));
        assert_eq!(billing.session_token.unwrap().expose_secret(), "t2");
        assert!(read(TEXT, "half").is_none());
        assert!(read(TEXT, "other").is_none());
    }
}
