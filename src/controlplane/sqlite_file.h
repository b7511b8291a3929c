// The database file under Storage.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kube/object.h"

struct sqlite3;

namespace vr::controlplane {

// One thread at a time. WAL, fsync on every commit.
class SqliteFile {
 public:
  static Result<std::unique_ptr<SqliteFile>> Open(const std::string& path);
  // A file that has to be there and to be one of ours, to read.
  static Result<std::unique_ptr<SqliteFile>> OpenBackup(const std::string& path);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  Result<uint64_t> LoadVersion();
  // Until on_object fails.
  Status LoadObjects(const std::function<Status(std::string resource, kube::Key key,
                                                std::string body)>& on_object);

  // Writes the version that it has, to see whether it can.
  Status Touch(uint64_t version);

  // One transaction each: the object and the store's version.
  Status Put(const std::string& resource, const kube::Key& key, const std::string& body,
             uint64_t version);
  Status Remove(const std::string& resource, const kube::Key& key, uint64_t version);

  struct Row {
    std::string resource;
    kube::Key key;
    std::string body;
  };
  // All that it holds becomes these objects, in one transaction.
  Status Replace(const std::vector<Row>& rows, uint64_t version);

 private:
  class Statement;
  SqliteFile(sqlite3* db, std::string path);
  Result<int64_t> Check(bool must_be_ours);
  Error Damaged(const std::string& finding) const;
  Status Prepare();
  Status Commit(Statement& change, uint64_t version);
  Error Failure(const std::string& what) const;

  sqlite3* db_;
  std::string path_;
  std::unique_ptr<Statement> put_, remove_, set_version_, begin_, commit_, rollback_;
};

}  // namespace vr::controlplane
