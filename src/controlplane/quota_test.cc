#include "controlplane/quota.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "testing/fake_clock.h"

namespace vr::controlplane {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class QuotaTest : public ::testing::Test {
 protected:
  void Store(const char* plural, const std::string& name, Json body) {
    body["metadata"]["name"] = name;
    const auto written = writer_.Create(
        {.resource = FindResource("", "v1", plural), .key = {"default", ""}, .manager = "test"},
        std::move(body));
    ASSERT_TRUE(written) << written.failure().message;
  }
  std::optional<Failure> CheckMore(const char* plural) {
    return CheckQuota(*storage_, *FindResource("", "v1", plural),
                      {{"metadata", {{"name", "more"}, {"namespace", "default"}}}});
  }

  vr::testing::FakeClock clock_;
  std::unique_ptr<Storage> storage_ = Storage::Open({}).value();
  ObjectWriter writer_{*storage_, clock_};
};

TEST_F(QuotaTest, RefusesWhatIsTooMuchAndNamesTheQuota) {
  Store("resourcequotas", "small", {{"spec", {{"hard", {{"count/configmaps", "1"}}}}}});
  EXPECT_FALSE(CheckMore("configmaps"));
  Store("configmaps", "one", Json::object());
  const auto refused = CheckMore("configmaps");
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, 403);
  EXPECT_EQ(refused->message,
            "configmaps \"more\" is forbidden: exceeded quota: small, requested: "
            "count/configmaps=1, used: count/configmaps=1, limited: count/configmaps=1");
  EXPECT_FALSE(CheckMore("secrets"));
}

TEST_F(QuotaTest, ShowsWhatIsUsed) {
  Store("resourcequotas", "small", {{"spec", {{"hard", {{"secrets", "5"}}}}}});
  Store("secrets", "one", Json::object());
  UpdateQuotaStatus(*storage_, writer_);
  const uint64_t version = storage_->Version();
  const Json quota = Json::parse(storage_->Get("resourcequotas", {"default", "small"})->body);
  EXPECT_EQ(quota["status"], (Json{{"hard", {{"secrets", "5"}}}, {"used", {{"secrets", "1"}}}}));
  UpdateQuotaStatus(*storage_, writer_);
  EXPECT_EQ(storage_->Version(), version) << "nothing changed, nothing written";
}

TEST_F(QuotaTest, TakesOnlyWhatItEnforces) {
  const Resource& quotas = *FindResource("", "v1", "resourcequotas");
  const auto check = [&](const Json& hard) {
    return CheckQuotaObject(quotas, {{"spec", {{"hard", hard}}}});
  };
  EXPECT_THAT(check({{"count/virtualmachines.infra.virtrigaud.io", "10"}, {"configmaps", 3}}),
              IsEmpty());
  EXPECT_THAT(check({{"pods", "1"}}), SizeIs(1));
  EXPECT_THAT(check({{"virtualmachines.infra.virtrigaud.io", "1"}}), SizeIs(1));
  EXPECT_THAT(check({{"secrets", "1.5"}}), SizeIs(1));
  EXPECT_THAT(check({{"secrets", -1}}), SizeIs(1));
}

}  // namespace
}  // namespace vr::controlplane
