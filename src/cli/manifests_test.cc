#include "cli/manifests.h"

#include <gmock/gmock.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/json_util.h"

namespace vr::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ManifestsTest : public ::testing::Test {
 protected:
  ManifestsTest() {
    folder_ = fs::path(::testing::TempDir()) / ("manifests_" + std::to_string(::getpid()));
    fs::create_directories(folder_ / "sub");
    Write("b.yaml",
          "apiVersion: v1\nkind: Secret\nmetadata: {name: b}\n---\napiVersion: v1\nkind: "
          "Secret\nmetadata: {name: c}\n");
    Write("a.json", R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}})");
    Write("notes.txt", "not a manifest");
    Write("sub/d.yml",
          "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: "
          "d}}]\n");
  }
  ~ManifestsTest() override { fs::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }
  Result<std::vector<std::string>> Names(const ManifestOptions& options) {
    VR_ASSIGN_OR_RETURN(const auto objects, ReadManifests(env_, options));
    std::vector<std::string> names;
    for (const auto& object : objects) names.push_back(ObjectName(object));
    return names;
  }

  fs::path folder_;
  std::istringstream in_;
  std::ostringstream out_;
  Env env_{in_, out_, out_};
};

TEST_F(ManifestsTest, ReadsAFolderInOrderOfNames) {
  const auto names = Names({{folder_.string()}});
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("configmap/a", "secret/b", "secret/c"));
}

TEST_F(ManifestsTest, ReadsFoldersWithinFoldersWhenAsked) {
  const auto names = Names({{folder_.string()}, true});
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("configmap/a", "secret/b", "secret/c", "secret/d"));
}

TEST_F(ManifestsTest, ReadsStandardInput) {
  in_.str("{apiVersion: v1, kind: Secret, metadata: {name: s}}");
  const auto names = Names({{"-"}});
  ASSERT_TRUE(names.ok());
  EXPECT_THAT(*names, ElementsAre("secret/s"));
}

TEST_F(ManifestsTest, NamesTheFileAndTheDocumentOfAnError) {
  Write("bad.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n---\nkind: Secret\n");
  const auto names = Names({{(folder_ / "bad.yaml").string()}});
  ASSERT_FALSE(names.ok());
  EXPECT_THAT(names.error().message,
              HasSubstr("bad.yaml, document 2: apiVersion and kind are required"));
}

TEST_F(ManifestsTest, RefusesAFileThatIsNotThere) {
  const auto names = Names({{(folder_ / "none.yaml").string()}});
  ASSERT_FALSE(names.ok());
  EXPECT_EQ(names.error().kind, ErrorKind::kNotFound);
}

}  // namespace
}  // namespace vr::cli
