//! What lies where in the data directory, and the small files that must survive a restart.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::error::EmbeddedError;

/// Bytes of a unix socket's path, its closing zero not counted.
const SOCKET_PATH_LIMIT: usize = if cfg!(target_os = "linux") { 107 } else { 103 };
/// Half a second in all.
const LOCK_TRIES: u32 = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A data directory that is ours alone for as long as this value lives.
#[derive(Debug)]
pub(super) struct Layout {
    root: PathBuf,
    _lock: File,
}

impl Layout {
    /// Creates the directory where it is missing, and takes it. The lock dies with the process, however that ends.
    pub(super) fn open(root: &Path) -> Result<Self, EmbeddedError> {
        // Others may pass, as the server's user has to, but not list.
        DirBuilder::new().recursive(true).mode(0o711).create(root).map_err(EmbeddedError::at(root))?;
        let root = root.canonicalize().map_err(EmbeddedError::at(root))?;
        // The server writes the path where it says that it is ready, and an address cannot hold it either.
        if root.to_str().is_none() {
            return Err(EmbeddedError::NotUnicode(root));
        }
        let socket = root.join("run/.s.PGSQL.65535");
        if socket.as_os_str().len() > SOCKET_PATH_LIMIT {
            return Err(EmbeddedError::SocketPathTooLong { path: socket, limit: SOCKET_PATH_LIMIT });
        }
        let path = root.join("lock");
        let lock = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&path);
        let lock = lock.map_err(EmbeddedError::at(&path))?;
        match patiently(&lock) {
            Ok(()) => Ok(Self { root, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(EmbeddedError::InUse(root)),
            Err(TryLockError::Error(source)) => Err(EmbeddedError::Io { path, source }),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn data(&self) -> PathBuf {
        self.root.join("pgdata")
    }

    pub(super) fn log(&self) -> PathBuf {
        self.root.join("postgres.log")
    }

    pub(super) fn socket_dir(&self) -> PathBuf {
        self.root.join("run")
    }

    pub(super) fn superuser_password_file(&self) -> PathBuf {
        self.root.join("password")
    }

    pub(super) fn reader_password_file(&self) -> PathBuf {
        self.root.join("reader-password")
    }

    /// The major version that made the data; `None` where there are none yet.
    pub(super) fn data_major(&self) -> Result<Option<u32>, EmbeddedError> {
        let path = self.data().join("PG_VERSION");
        match fs::read_to_string(&path) {
            Ok(text) => {
                let major = text.trim().parse();
                major.map(Some).map_err(|_| EmbeddedError::at(&path)(ErrorKind::InvalidData.into()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(EmbeddedError::at(path)(error)),
        }
    }

    /// The loopback port that dashboards know: the one of last time unless somebody else sits there now.
    pub(super) fn port(&self) -> Result<u16, EmbeddedError> {
        let path = self.root.join("port");
        let stored = fs::read_to_string(&path).ok().and_then(|text| text.trim().parse().ok()).filter(|port| *port != 0);
        let bind = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).and_then(|socket| socket.local_addr());
        if let Some(port) = stored {
            if bind(port).is_ok() {
                return Ok(port);
            }
            tracing::warn!(port, "the database's port is taken: dashboards have to learn a new one");
        }
        let port = bind(0).map_err(EmbeddedError::at("127.0.0.1"))?.port();
        fs::write(&path, port.to_string()).map_err(EmbeddedError::at(&path))?;
        Ok(port)
    }
}

/// The secret in `path`, made up at the first call; nobody but the file's owner can read it.
pub(super) fn secret(path: &Path) -> Result<SecretString, EmbeddedError> {
    match fs::read_to_string(path) {
        Ok(text) if !text.trim().is_empty() => return Ok(text.trim().into()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(EmbeddedError::at(path)(error)),
    }
    let mut raw = [0_u8; 24];
    let source = Path::new("/dev/urandom");
    File::open(source).and_then(|mut file| file.read_exact(&mut raw)).map_err(EmbeddedError::at(source))?;
    let secret: SecretString = raw.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into();
    let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(path);
    file.and_then(|mut file| {
        file.write_all(secret.expose_secret().as_bytes())?;
        file.sync_all()
    })
    .map_err(EmbeddedError::at(path))?;
    Ok(secret)
}

/// A process that is killed while it starts another leaves its locks to that one, until it has become its program.
fn patiently(lock: &File) -> Result<(), TryLockError> {
    for _ in 0..LOCK_TRIES {
        match lock.try_lock() {
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            other => return other,
        }
    }
    lock.try_lock()
}

#[cfg(test)]
mod tests {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_secret_is_made_once_and_closed_to_others() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("password");
        let first = secret(&path).unwrap();
        assert_eq!(first.expose_secret(), secret(&path).unwrap().expose_secret());
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_ne!(first.expose_secret(), secret(&dir.path().join("other")).unwrap().expose_secret());
    }

    #[test]
    fn the_port_stays_until_somebody_takes_it() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::open(dir.path()).unwrap();
        let port = layout.port().unwrap();
        assert_eq!(layout.port().unwrap(), port);
        let _squatter = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
        assert_ne!(layout.port().unwrap(), port);
    }

    #[test]
    fn a_directory_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let first = Layout::open(dir.path()).unwrap();
        assert!(matches!(Layout::open(dir.path()), Err(EmbeddedError::InUse(_))));
        drop(first);
        assert!(Layout::open(dir.path()).is_ok());
    }

    #[test]
    fn a_path_that_no_address_can_hold_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let odd = dir.path().join(std::ffi::OsStr::from_bytes(b"data\xff"));
        assert!(matches!(Layout::open(&odd), Err(EmbeddedError::NotUnicode(_))));
    }

    #[test]
    fn a_path_that_no_socket_can_have_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let long = dir.path().join("d".repeat(SOCKET_PATH_LIMIT));
        assert!(matches!(Layout::open(&long), Err(EmbeddedError::SocketPathTooLong { .. })));
    }
}
