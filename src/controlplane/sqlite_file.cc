#include "controlplane/sqlite_file.h"

#include <sqlite3.h>

#include <string_view>

namespace vr::controlplane {
namespace {

constexpr int kSchemaVersion = 1;
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS objects(resource TEXT NOT NULL, ns TEXT NOT NULL, name TEXT NOT "
    "NULL, body TEXT NOT NULL,"
    " PRIMARY KEY(resource, ns, name)) WITHOUT ROWID;"
    "CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
    "INSERT OR IGNORE INTO meta VALUES('version', 1);";

}  // namespace

// A prepared statement; reset after each use.
class SqliteFile::Statement {
 public:
  Statement(sqlite3* db, const char* sql) {
    ok_ = sqlite3_prepare_v2(db, sql, -1, &statement_, nullptr) == SQLITE_OK;
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  bool ok() const { return ok_; }
  void Bind(int index, const std::string& text) {
    sqlite3_bind_text(statement_, index, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
  }
  void Bind(int index, uint64_t number) {
    sqlite3_bind_int64(statement_, index, static_cast<sqlite3_int64>(number));
  }
  bool Row() {
    last_ = sqlite3_step(statement_);
    return last_ == SQLITE_ROW;
  }
  bool AtEnd() const { return last_ == SQLITE_DONE; }  // after Row said false; else it failed
  bool Run() {
    const bool done = sqlite3_step(statement_) == SQLITE_DONE;
    sqlite3_reset(statement_);
    return done;
  }
  std::string Text(int column) const {
    const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
    return text == nullptr
               ? ""
               : std::string(text, static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
  }
  int64_t Number(int column) const { return sqlite3_column_int64(statement_, column); }

 private:
  sqlite3_stmt* statement_ = nullptr;
  bool ok_ = false;
  int last_ = SQLITE_OK;
};

SqliteFile::SqliteFile(sqlite3* db, std::string path) : db_(db), path_(std::move(path)) {}

SqliteFile::~SqliteFile() {
  put_.reset();
  remove_.reset();
  set_version_.reset();
  begin_.reset();
  commit_.reset();
  rollback_.reset();
  sqlite3_close(db_);
}

Error SqliteFile::Failure(const std::string& what) const {
  const int code = sqlite3_errcode(db_);
  std::string message = "database " + path_ + ": " + what + ": " + sqlite3_errmsg(db_);
  if (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)
    message += "; the file is damaged: move it away and bring a backup back with 'vrtg restore'";
  if (code == SQLITE_FULL) message += "; free some space on its disk";
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED) message += "; another process has it open";
  return Error{ErrorKind::kInternal, message, {}};
}

Error SqliteFile::Damaged(const std::string& finding) const {
  return Error{ErrorKind::kInvalidSpec,
               "database " + path_ + " is damaged (" + finding +
                   "): move it away and bring a backup back with 'vrtg restore'",
               {}};
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::Open(const std::string& path) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteFile> file(new SqliteFile(db, path));
  if (code != SQLITE_OK) return file->Failure("cannot open");
  VR_RETURN_IF_ERROR(file->Prepare());
  return file;
}

Result<std::unique_ptr<SqliteFile>> SqliteFile::OpenBackup(const std::string& path) {
  sqlite3* db = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteFile> file(new SqliteFile(db, path));
  if (code != SQLITE_OK) return file->Failure("cannot open");
  VR_RETURN_IF_ERROR(file->Check(true).status());
  return file;
}

// The version of its schema, 0 for a new file, if it is whole and of a release that we know.
Result<int64_t> SqliteFile::Check(bool must_be_ours) {
  Statement check(db_, "PRAGMA quick_check(1)");
  if (!check.ok() || !check.Row()) return Failure("cannot check");
  if (const std::string finding = check.Text(0); finding != "ok") {
    return Damaged(finding);
  }
  Statement version(db_, "PRAGMA user_version");
  if (!version.ok() || !version.Row()) return Failure("cannot read its version");
  if (version.Number(0) > kSchemaVersion) {
    return Error{
        ErrorKind::kInternal,
        "database " + path_ + " was written by a newer release: use that release or another folder",
        {}};
  }
  if (must_be_ours && version.Number(0) == 0)
    return Error{ErrorKind::kInvalidSpec, path_ + " is no backup of this program", {}};
  return version.Number(0);
}

Status SqliteFile::Prepare() {
  const char* settings =
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA locking_mode=EXCLUSIVE; PRAGMA "
      "busy_timeout=2000;";
  if (sqlite3_exec(db_, settings, nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failure("cannot set up");
  VR_ASSIGN_OR_RETURN(const int64_t schema, Check(false));
  // A file that has its stamp had its tables: nothing that is missing is made up.
  const std::string stamp = "PRAGMA user_version=" + std::to_string(kSchemaVersion);
  if (schema == 0 && sqlite3_exec(db_, kSchema, nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failure("cannot create tables");
  if (schema == 0 && sqlite3_exec(db_, stamp.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return Failure("cannot stamp");
  put_ = std::make_unique<Statement>(db_, "INSERT OR REPLACE INTO objects VALUES(?1, ?2, ?3, ?4)");
  remove_ = std::make_unique<Statement>(
      db_, "DELETE FROM objects WHERE resource=?1 AND ns=?2 AND name=?3");
  set_version_ = std::make_unique<Statement>(db_, "UPDATE meta SET value=?1 WHERE key='version'");
  begin_ = std::make_unique<Statement>(db_, "BEGIN IMMEDIATE");
  commit_ = std::make_unique<Statement>(db_, "COMMIT");
  rollback_ = std::make_unique<Statement>(db_, "ROLLBACK");
  for (const auto* statement : {&put_, &remove_, &set_version_, &begin_, &commit_, &rollback_}) {
    if (!(*statement)->ok()) return Damaged("its tables are not as they were made");
  }
  return {};
}

Result<uint64_t> SqliteFile::LoadVersion() {
  Statement query(db_, "SELECT value FROM meta WHERE key='version'");
  if (!query.ok() || !query.Row()) return Damaged("its version is missing");
  return static_cast<uint64_t>(query.Number(0));
}

Status SqliteFile::LoadObjects(
    const std::function<Status(std::string, kube::Key, std::string)>& on_object) {
  Statement query(db_, "SELECT resource, ns, name, body FROM objects");
  if (!query.ok()) return Damaged("its table of objects is missing");
  while (query.Row()) {
    const Status taken = on_object(query.Text(0), {query.Text(1), query.Text(2)}, query.Text(3));
    if (!taken) return taken.error().Wrap("database " + path_);
  }
  if (!query.AtEnd()) return Failure("cannot read all objects");
  return {};
}

Status SqliteFile::Touch(uint64_t version) { return Commit(*set_version_, version); }

Status SqliteFile::Commit(Statement& change, uint64_t version) {
  set_version_->Bind(1, version);
  if (!begin_->Run()) return Failure("cannot begin");
  if (change.Run() && set_version_->Run() && commit_->Run()) return {};
  const Error error = Failure("cannot write");
  rollback_->Run();
  return error;
}

Status SqliteFile::Put(const std::string& resource, const kube::Key& key, const std::string& body,
                       uint64_t version) {
  put_->Bind(1, resource);
  put_->Bind(2, key.ns);
  put_->Bind(3, key.name);
  put_->Bind(4, body);
  return Commit(*put_, version);
}

Status SqliteFile::Replace(const std::vector<Row>& rows, uint64_t version) {
  Statement clear(db_, "DELETE FROM objects");
  if (!clear.ok() || !begin_->Run()) return Failure("cannot begin");
  bool done = clear.Run();
  for (const Row& row : rows) {
    put_->Bind(1, row.resource);
    put_->Bind(2, row.key.ns);
    put_->Bind(3, row.key.name);
    put_->Bind(4, row.body);
    done = done && put_->Run();
  }
  set_version_->Bind(1, version);
  if (done && set_version_->Run() && commit_->Run()) return {};
  const Error error = Failure("cannot replace its contents");
  rollback_->Run();
  return error;
}

Status SqliteFile::Remove(const std::string& resource, const kube::Key& key, uint64_t version) {
  remove_->Bind(1, resource);
  remove_->Bind(2, key.ns);
  remove_->Bind(3, key.name);
  return Commit(*remove_, version);
}

}  // namespace vr::controlplane
