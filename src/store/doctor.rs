//! What state the database is in, for a person.

use serde::Serialize;

use super::{Store, connect, roles};

/// The state of the database, in the order in which a person reads it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    pub name: String,
    pub value: String,
    /// False where somebody should look.
    pub good: bool,
}

impl Report {
    fn add(&mut self, name: impl Into<String>, value: impl Into<String>, good: bool) {
        self.rows.push(Row { name: name.into(), value: value.into(), good });
    }
}

/// Asks the database how it is.
///
/// # Errors
/// When it does not answer.
pub async fn doctor(store: &Store) -> Result<Report, sqlx::Error> {
    let mut report = Report { rows: Vec::new() };
    server(store, &mut report).await?;
    migrations(store, &mut report).await?;
    features(store, &mut report).await?;
    reader(store, &mut report).await?;
    sizes(store, &mut report).await?;
    Ok(report)
}

async fn server(store: &Store, report: &mut Report) -> Result<(), sqlx::Error> {
    let server = sqlx::query!(
        r#"SELECT current_setting('server_version') AS "version!", current_database() AS "database!",
                  current_user AS "user!", pg_size_pretty(pg_database_size(current_database())) AS "size!",
                  current_setting('fsync')::boolean AS "fsync!""#
    );
    let server = server.fetch_one(&store.pool).await?;
    report.add("server", format!("PostgreSQL {}", server.version), true);
    let place = connect::place(&store.pool.connect_options());
    report.add("connection", format!("{place}, database {}, user {}", server.database, server.user), true);
    report.add("size", server.size, true);
    let durable = if server.fsync { "on" } else { "off: a power cut loses data" };
    report.add("fsync", durable, server.fsync);
    Ok(())
}

async fn migrations(store: &Store, report: &mut Report) -> Result<(), sqlx::Error> {
    let applied = connect::applied_migrations(&store.pool).await?;
    let known = connect::known_migrations();
    report.add("migrations", format!("{applied} of {known} applied"), applied == known);
    Ok(())
}

async fn features(store: &Store, report: &mut Report) -> Result<(), sqlx::Error> {
    let features =
        sqlx::query!("SELECT name, value FROM storage_features ORDER BY name").fetch_all(&store.pool).await?;
    for feature in features {
        report.add(feature.name, feature.value, true);
    }
    Ok(())
}

async fn reader(store: &Store, report: &mut Report) -> Result<(), sqlx::Error> {
    let members = sqlx::query_scalar!(
        r#"SELECT (SELECT coalesce(string_agg(member.rolname, ', ' ORDER BY member.rolname), '')
                   FROM pg_auth_members m JOIN pg_roles member ON member.oid = m.member
                   WHERE m.roleid = reader.oid AND member.rolcanlogin) AS "members!"
           FROM pg_roles reader
           WHERE reader.rolname = $1 AND has_schema_privilege(reader.oid, 'reporting', 'USAGE')"#,
        roles::GROUP,
    );
    match members.fetch_optional(&store.pool).await? {
        Some(logins) if !logins.is_empty() => report.add("reading role", logins, true),
        Some(_) => report.add("reading role", format!("{} has no member that can log in", roles::GROUP), false),
        None => report.add("reading role", format!("{} is missing: dashboards need it", roles::GROUP), false),
    }
    Ok(())
}

async fn sizes(store: &Store, report: &mut Report) -> Result<(), sqlx::Error> {
    // The rows of a hypertable are in its children.
    let tables = sqlx::query!(
        r#"SELECT t.relname::text AS "name!",
                  pg_size_pretty(pg_total_relation_size(t.oid) + coalesce(chunks.bytes, 0)) AS "size!"
           FROM pg_class t
           CROSS JOIN LATERAL (
               SELECT sum(pg_total_relation_size(inhrelid))::bigint AS bytes FROM pg_inherits WHERE inhparent = t.oid
           ) chunks
           WHERE t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
           ORDER BY pg_total_relation_size(t.oid) + coalesce(chunks.bytes, 0) DESC, t.relname"#
    );
    for table in tables.fetch_all(&store.pool).await? {
        report.add(format!("table {}", table.name), table.size, true);
    }
    Ok(())
}
