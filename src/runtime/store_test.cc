#include "runtime/store.h"

#include <gtest/gtest.h>

namespace vr::runtime {
namespace {

struct Nothing {};
struct Spec {
  std::string provider;
};
using Thing = kube::Object<Spec, Nothing>;

Thing Make(const std::string& name, const std::string& provider) {
  Thing thing;
  thing.meta.ns = "d";
  thing.meta.name = name;
  thing.spec.provider = provider;
  return thing;
}

class StoreTest : public ::testing::Test {
 protected:
  StoreTest() {
    store_.AddIndex("provider", [](const Thing& thing) {
      return std::vector<std::string>{thing.spec.provider};
    });
    store_.AddListener([this](const auto& before, const auto& after, Origin) {
      seen_ += !before ? "+" : !after ? "-" : "~";
    });
  }
  Store<Thing> store_;
  std::string seen_;
};

TEST_F(StoreTest, IndexesFollowChanges) {
  store_.Put(Make("a", "lab"), Origin::kInitialList);
  store_.Put(Make("b", "lab"), Origin::kInitialList);
  EXPECT_EQ(store_.ByIndex("provider", "lab").size(), 2U);
  store_.Put(Make("a", "prod"), Origin::kChange);
  EXPECT_EQ(store_.ByIndex("provider", "lab"), (std::vector<kube::Key>{{"d", "b"}}));
  store_.Remove({"d", "b"});
  EXPECT_TRUE(store_.ByIndex("provider", "lab").empty());
  EXPECT_EQ(seen_, "++~-");
}

TEST_F(StoreTest, AListRemovesWhatItDidNotContain) {
  store_.Put(Make("a", "lab"), Origin::kInitialList);
  store_.Put(Make("b", "lab"), Origin::kInitialList);
  store_.KeepOnly({{"d", "a"}});
  EXPECT_EQ(store_.Get({"d", "b"}), nullptr);
  EXPECT_NE(store_.Get({"d", "a"}), nullptr);
}

TEST_F(StoreTest, RemovingWhatIsNotThereTellsNobody) {
  store_.Remove({"d", "x"});
  EXPECT_EQ(seen_, "");
}

TEST_F(StoreTest, ReadersKeepTheirSnapshot) {
  store_.Put(Make("a", "lab"), Origin::kInitialList);
  const auto before = store_.Get({"d", "a"});
  store_.Put(Make("a", "prod"), Origin::kChange);
  EXPECT_EQ(before->spec.provider, "lab");
}

}  // namespace
}  // namespace vr::runtime
