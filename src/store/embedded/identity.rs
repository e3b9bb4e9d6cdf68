//! As whom the server runs. PostgreSQL refuses root, so a daemon of root's hands it to somebody else.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};

use nix::unistd::{Uid, User};

use super::error::EmbeddedError;

/// The user that owns the data and runs the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    name: String,
    uid: u32,
    gid: u32,
    /// True when we are root and have to become this user.
    switch: bool,
}

impl Identity {
    /// Ourselves; for root the owner of the data, else of the data directory, else `postgres`, else `nobody`.
    pub(super) fn choose(data: &Path, root: &Path) -> Result<Self, EmbeddedError> {
        let us = Uid::effective();
        if !us.is_root() {
            let user = User::from_uid(us).ok().flatten().ok_or(EmbeddedError::NamelessUser(us.as_raw()))?;
            return Ok(Self::of(user, false));
        }
        let owner = |path: &Path| User::from_uid(Uid::from_raw(fs::metadata(path).ok()?.uid())).ok()?;
        let named = |name: &str| User::from_name(name).ok()?;
        let candidates = [owner(data), owner(root), named("postgres"), named("nobody")];
        let user = candidates.into_iter().flatten().find(|user| !user.uid.is_root());
        user.map(|user| Self::of(user, true)).ok_or(EmbeddedError::NamelessUser(0))
    }

    fn of(user: User, switch: bool) -> Self {
        Self { name: user.name, uid: user.uid.as_raw(), gid: user.gid.as_raw(), switch }
    }

    /// User and group to become, where we have to become somebody.
    pub(super) fn switch(&self) -> Option<(u32, u32)> {
        self.switch.then_some((self.uid, self.gid))
    }

    /// Gives a file of ours to the server's user.
    pub(super) fn own(&self, path: &Path) -> Result<(), EmbeddedError> {
        match self.switch() {
            Some((uid, gid)) => chown(path, Some(uid), Some(gid)).map_err(EmbeddedError::at(path)),
            None => Ok(()),
        }
    }

    /// Whether this user can walk down to `dir`; root's home, for one, lets nobody through.
    pub(super) fn can_reach(&self, dir: &Path) -> Result<(), EmbeddedError> {
        if !self.switch {
            return Ok(());
        }
        for step in dir.ancestors() {
            let meta = fs::metadata(step).map_err(EmbeddedError::at(step))?;
            let may_pass = match () {
                () if meta.uid() == self.uid => 0o100,
                () if meta.gid() == self.gid => 0o010,
                () => 0o001,
            };
            if meta.mode() & may_pass == 0 {
                return Err(EmbeddedError::Unreachable { dir: step.to_owned(), user: self.name.clone() });
            }
        }
        Ok(())
    }
}

/// The user id that decides which data directory is the default.
#[must_use]
pub fn effective_uid() -> u32 {
    Uid::effective().as_raw()
}

/// Where data go when nobody says: not below root's home, which the server's user cannot enter.
/// `None` when the user has no home either.
#[must_use]
pub fn default_data_dir(uid: u32, home: Option<&Path>, xdg_data_home: Option<&Path>) -> Option<PathBuf> {
    if uid == 0 {
        return Some(PathBuf::from("/var/lib/llmtally"));
    }
    // The XDG rules say to ignore a path that is not absolute.
    let xdg = xdg_data_home.filter(|path| path.is_absolute()).map(Path::to_owned);
    let share = xdg.or_else(|| Some(home.filter(|path| path.is_absolute())?.join(".local/share")));
    Some(share?.join("llmtally"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn root_gets_a_directory_that_others_can_reach() {
        let dir = default_data_dir(0, Some(Path::new("/root")), Some(Path::new("/root/.local/share")));
        assert_eq!(dir, Some(PathBuf::from("/var/lib/llmtally")));
    }

    #[test]
    fn people_get_a_directory_of_their_own() {
        let home = Some(Path::new("/home/ada"));
        assert_eq!(default_data_dir(1000, home, None), Some("/home/ada/.local/share/llmtally".into()));
        assert_eq!(default_data_dir(1000, home, Some(Path::new("/data"))), Some("/data/llmtally".into()));
        assert_eq!(
            default_data_dir(1000, home, Some(Path::new("data"))),
            Some("/home/ada/.local/share/llmtally".into())
        );
        assert_eq!(default_data_dir(1000, None, None), None);
    }

    #[test]
    fn a_closed_directory_on_the_way_is_named() {
        let closed = tempfile::tempdir().unwrap();
        fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
        let inside = closed.path().join("data");
        fs::create_dir(&inside).unwrap();
        let stranger = Identity { name: "somebody".into(), uid: 4_000_000, gid: 4_000_000, switch: true };
        let error = stranger.can_reach(&inside).unwrap_err();
        assert!(matches!(error, EmbeddedError::Unreachable { dir, .. } if dir == closed.path()));
    }
}
