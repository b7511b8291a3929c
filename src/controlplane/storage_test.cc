#include "controlplane/storage.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <fstream>

#include "base/backoff.h"
#include "controlplane/private_files.h"
#include "testing/temp_folder.h"

namespace vr::controlplane {
namespace {

const std::string kVms = "virtualmachines";

Storage::Decide Put(const std::string& text) {
  return [text](const StoredPtr&, uint64_t version) -> Result<std::optional<Write>> {
    return std::optional(Write{R"({"metadata":{"uid":"u","resourceVersion":")" +
                                   std::to_string(version) + R"("},"t":")" + text + "\"}",
                               "u",
                               {{"a", text}},
                               false});
  };
}

Result<std::optional<Write>> Drop(const StoredPtr& current, uint64_t) {
  return std::optional(Write{current->body, current->uid, {}, true});
}

class StorageTest : public ::testing::Test {
 protected:
  std::unique_ptr<Storage> storage_ = Storage::Open({.path = ":memory:", .history = 3}).value();

  std::vector<Change> ChangesSince(uint64_t since) {
    uint64_t seen = 0;
    return storage_->Changes(Context().WithTimeout(Duration::zero()), kVms, "", since, seen)
        .value();
  }
};

TEST_F(StorageTest, EveryWriteRaisesTheVersionByOne) {
  const uint64_t before = storage_->Version();
  ASSERT_TRUE(storage_->Modify(kVms, {"d", "a"}, Put("1")).ok());
  ASSERT_TRUE(storage_->Modify(kVms, {"d", "a"}, Put("2")).ok());
  EXPECT_EQ(storage_->Version(), before + 2);
  EXPECT_EQ(storage_->Get(kVms, {"d", "a"})->version, before + 2);
}

TEST_F(StorageTest, ARefusedWriteChangesNothing) {
  const uint64_t before = storage_->Version();
  const auto result = storage_->Modify(
      kVms, {"d", "a"}, [](const StoredPtr&, uint64_t) -> Result<std::optional<Write>> {
        return Error{ErrorKind::kInvalidSpec, "no", {}};
      });
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(storage_->Version(), before);
  EXPECT_EQ(storage_->Get(kVms, {"d", "a"}), nullptr);
}

TEST_F(StorageTest, ChangesTellBeforeAndAfter) {
  const uint64_t start = storage_->Version();
  (void)storage_->Modify(kVms, {"d", "a"}, Put("1"));
  (void)storage_->Modify(kVms, {"d", "a"}, Put("2"));
  (void)storage_->Modify(kVms, {"d", "a"}, Drop);
  const auto changes = ChangesSince(start);
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].type, ChangeType::kAdded);
  EXPECT_EQ(changes[1].previous->labels.at("a"), "1");
  EXPECT_EQ(changes[2].type, ChangeType::kDeleted);
  EXPECT_EQ(storage_->Get(kVms, {"d", "a"}), nullptr);
}

TEST_F(StorageTest, AWatcherThatFellBehindIsStale) {
  const uint64_t start = storage_->Version();
  for (int i = 0; i < 5; ++i) (void)storage_->Modify(kVms, {"d", "a"}, Put(std::to_string(i)));
  uint64_t seen = 0;
  EXPECT_EQ(storage_->Changes(Context(), kVms, "", start, seen).error().kind, ErrorKind::kStale);
  EXPECT_EQ(ChangesSince(storage_->OldestVersion()).size(), 3U);
}

TEST_F(StorageTest, ListIsLimitedToTheNamespace) {
  (void)storage_->Modify(kVms, {"d", "a"}, Put("1"));
  (void)storage_->Modify(kVms, {"e", "a"}, Put("1"));
  EXPECT_EQ(storage_->List(kVms, "d").objects.size(), 1U);
  EXPECT_EQ(storage_->List(kVms, "").objects.size(), 2U);
}

TEST(StorageFile, KeepsObjectsAndVersionOverAReopen) {
  const auto folder =
      std::filesystem::temp_directory_path() / ("vr-storage-" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  uint64_t version = 0;
  {
    const auto storage = Storage::Open({.path = (folder / "state.db").string()}).value();
    (void)storage->Modify(kVms, {"d", "a"}, Put("1"));
    (void)storage->Modify(kVms, {"d", "b"}, Put("1"));
    (void)storage->Modify(kVms, {"d", "b"}, Drop);
    version = storage->Version();
  }
  {
    const auto storage = Storage::Open({.path = (folder / "state.db").string()}).value();
    EXPECT_EQ(storage->Version(), version) << "a deletion must not make the version fall back";
    EXPECT_EQ(storage->List(kVms, "").objects.size(), 1U);
    uint64_t seen = 0;
    EXPECT_FALSE(storage->Changes(Context(), kVms, "", version - 1, seen).ok())
        << "history does not outlive the process";
  }
  std::filesystem::remove_all(folder);
}

TEST(StorageFile, ADamagedFileIsRefusedWithARemedy) {
  const auto path =
      std::filesystem::temp_directory_path() / ("vr-damaged-" + std::to_string(::getpid()));
  if (FILE* file = std::fopen(path.c_str(), "w"); file != nullptr) {
    for (int i = 0; i < 1000; ++i) std::fputs("this is not a database ", file);
    std::fclose(file);
  }
  const auto result = Storage::Open({.path = path.string()});
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("damaged"), std::string::npos) << result.error().message;
  std::filesystem::remove(path);
}

TEST(StorageFile, ADamagedObjectIsNamedAndNotLeftOut) {
  const vr::testing::TempFolder folder;
  const std::string path = folder.path() / "state.db";
  {
    const auto storage = Storage::Open({.path = path}).value();
    const auto write = [](const StoredPtr&, uint64_t) -> Result<std::optional<Write>> {
      return Write{.body = R"({"metadata":{"name":"web","uid":"u"}})", .uid = "u", .labels = {}};
    };
    ASSERT_TRUE(storage->Modify(kVms, {"default", "web"}, write).ok());
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "UPDATE objects SET body='{\"metadata\":'", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  const auto opened = Storage::Open({.path = path});
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("default/web is damaged"), std::string::npos)
      << opened.error().message;
}

TEST(StorageHistory, IsBoundedByTheSizeOfItsObjects) {
  const auto storage = Storage::Open({.history_bytes = 1000}).value();
  const std::string body =
      R"({"metadata":{"name":"web","uid":"u"},"data":")" + std::string(400, 'x') + "\"}";
  const uint64_t first = storage->Version();
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(storage
                    ->Modify(kVms, {"default", "web"},
                             [&](const StoredPtr&, uint64_t) -> Result<std::optional<Write>> {
                               return Write{.body = body, .uid = "u", .labels = {}};
                             })
                    .ok());
  }
  uint64_t seen = 0;
  EXPECT_EQ(storage->Changes(Context(), kVms, "", first, seen).error().kind, ErrorKind::kStale);
  EXPECT_EQ(storage->OldestVersion(), first + 2) << "two objects fit";
  EXPECT_EQ(storage->Changes(Context(), kVms, "", first + 2, seen)->size(), 2);
}

TEST(PrivateFiles, TellAMissingFileFromOneThatCannotBeRead) {
  const vr::testing::TempFolder folder;
  EXPECT_EQ(ReadFile(folder.path() / "none").value(), std::nullopt);
  EXPECT_FALSE(ReadFile(folder.path()).ok());
  ASSERT_TRUE(WritePrivateFile(folder.path() / "text", std::string(100000, 'x')).ok());
  EXPECT_EQ(ReadFile(folder.path() / "text").value()->size(), 100000);
}

TEST(StorageBackup, BringsBackWhatWasThereAndTellsWatchers) {
  const vr::testing::TempFolder folder;
  const std::string file = folder.path() / "backup.db";
  const auto storage = Storage::Open({}).value();
  const auto put = [&](const std::string& name, const std::string& value) {
    const auto body = [&](uint64_t version) {
      return R"({"metadata":{"name":")" + name + R"(","uid":"u","resourceVersion":")" +
             std::to_string(version) + R"("},"data":{"v":")" + value + R"("}})";
    };
    ASSERT_TRUE(
        storage
            ->Modify("configmaps", {"n", name},
                     [&](const StoredPtr&, uint64_t next) {
                       return Result<std::optional<Write>>(Write{body(next), "u", {}, false});
                     })
            .ok());
  };
  put("kept", "old");
  ASSERT_TRUE(storage->Backup(file).ok());
  EXPECT_EQ(storage->Backup(file).error().kind, ErrorKind::kConflict) << "nothing is overwritten";
  EXPECT_EQ(std::filesystem::status(file).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  put("kept", "new");
  put("later", "new");
  const uint64_t before = storage->Version();

  ASSERT_TRUE(storage->Restore(file).ok());
  const Snapshot all = storage->List("configmaps", "");
  ASSERT_EQ(all.objects.size(), 1);
  const StoredPtr kept = all.objects.begin()->second;
  EXPECT_NE(kept->body.find("old"), std::string::npos);
  EXPECT_GT(kept->version, before) << "versions never go back";
  uint64_t seen = 0;
  EXPECT_EQ(storage->Changes(Context(), "configmaps", "", before, seen).error().kind,
            ErrorKind::kStale);
}

TEST(StorageBackup, RestoresNothingFromAnotherFile) {
  const vr::testing::TempFolder folder;
  const std::string file = folder.path() / "other.db";
  const auto storage = Storage::Open({}).value();
  EXPECT_FALSE(storage->Restore(file).ok()) << "no such file";
  EXPECT_FALSE(std::filesystem::exists(file));
  std::ofstream(file) << "this is no database, but a text of some length that looks like nothing";
  EXPECT_FALSE(storage->Restore(file).ok());
  std::filesystem::remove(file);
  std::ofstream(file).close();
  const auto empty = storage->Restore(file);
  ASSERT_FALSE(empty.ok());
  EXPECT_NE(empty.error().message.find("is no backup"), std::string::npos);
}

TEST(Storage, ListsThePastAsFarAsItsHistoryReaches) {
  auto storage = Storage::Open({.history = 3}).value();
  const auto put = [&](const char* name, const char* body) {
    return storage
        ->Modify("things", {"ns", name},
                 [&](const StoredPtr&, uint64_t) -> Result<std::optional<Write>> {
                   return std::optional(Write{body, "", {}, std::string_view(body).empty()});
                 })
        .value()
        ->version;
  };
  put("a", "1");
  const uint64_t then = put("b", "1");
  put("a", "2");
  put("c", "1");
  put("b", "");
  const Snapshot past = storage->ListAt("things", "ns", then).value();
  ASSERT_EQ(past.objects.size(), 2U);
  EXPECT_EQ(past.objects.at({"ns", "a"})->body, "1");
  EXPECT_EQ(past.objects.at({"ns", "b"})->body, "1");
  EXPECT_EQ(past.version, then);
  EXPECT_EQ(storage->ListAt("things", "ns", then - 1).error().kind, ErrorKind::kStale);
}

}  // namespace
}  // namespace vr::controlplane
