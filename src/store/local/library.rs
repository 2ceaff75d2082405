//! The options of a connection that this program needs, whatever options SQLite was compiled with.
//!
//! A checkout builds it without what is not used (`.cargo/config.toml`); an install from a registry does not read that
//! file. So the options on which correctness and bounded memory depend are set here and in [`crate::sys::sqlite`], too.

use rusqlite::config::DbConfig;

/// Lets nothing in a file do harm: triggers do not run, the schema may call harmless functions and modules only, and
/// `"text"` is the name of a column.
pub(crate) fn distrust(sql: &rusqlite::Connection) -> rusqlite::Result<()> {
    for option in [
        DbConfig::SQLITE_DBCONFIG_DQS_DML,
        DbConfig::SQLITE_DBCONFIG_DQS_DDL,
        DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA,
        DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER,
    ] {
        sql.set_db_config(option, false)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_double_quotes_is_a_name_and_triggers_do_nothing() {
        let sql = rusqlite::Connection::open_in_memory().unwrap();
        sql.execute_batch("CREATE TABLE t(a); CREATE TRIGGER twice AFTER INSERT ON t BEGIN DELETE FROM t; END")
            .unwrap();
        distrust(&sql).unwrap();
        sql.execute_batch("INSERT INTO t VALUES('kept')").unwrap();
        assert!(sql.prepare("SELECT \"nothing\" FROM t").is_err());
        assert_eq!(sql.query_row("SELECT a FROM t", [], |row| row.get::<_, String>(0)).unwrap(), "kept");
    }
}
