#include "rpc/traced_client.h"

#include <gtest/gtest.h>

#include <vector>

#include "testing/fake_hypervisor.h"

namespace vr::rpc {
namespace {

class TracedClientTest : public ::testing::Test {
 protected:
  using Attributes = std::map<std::string, std::string>;

  testing::FakeHypervisor hypervisor_;
  std::vector<obs::FinishedSpan> spans_;
  const obs::Tracer tracer_{1, [this](obs::FinishedSpan span) { spans_.push_back(span); }};
  const std::unique_ptr<ProviderClient> client_ = MakeTracedClient(
      std::make_unique<testing::InProcessProvider>(testing::InProcessProvider::Deps{
          hypervisor_.provider(), hypervisor_.tasks(), hypervisor_.hub()}),
      {.provider_type = "mock", .provider = "default/lab"}, tracer_);
};

TEST_F(TracedClientTest, ACallIsASpanThatNamesTheVmAndTheTask) {
  CreateRequest request;
  request.vm.name = "web";
  request.vm.owner_uid = "uid-1";
  request.vm.vm_class.cpus = 1;
  request.vm.vm_class.memory_mib = 512;
  const obs::Span pass(tracer_, Context(), "vm.reconcile");
  const auto created = client_->Create(pass.ctx(), request);
  ASSERT_TRUE(created.ok()) << created.error().message;
  ASSERT_EQ(spans_.size(), 1U);
  EXPECT_EQ(spans_[0].name, "rpc.Create");
  EXPECT_EQ(spans_[0].kind, obs::SpanKind::kClient);
  EXPECT_EQ(spans_[0].parent_id, obs::SpanOf(pass.ctx())->span_id);
  EXPECT_EQ(spans_[0].attributes, (Attributes{{"operation", "Create"},
                                              {"provider", "default/lab"},
                                              {"provider.type", "mock"},
                                              {"vm.id", created->id},
                                              {"task.ref", created->task.id}}));
}

TEST_F(TracedClientTest, AFailureIsInTheSpanWithItsKind) {
  EXPECT_FALSE(client_->Power(Context(), {.id = "vm-9"}).ok());
  EXPECT_FALSE(client_->CancelTask(Context(), "none").ok());
  ASSERT_EQ(spans_.size(), 2U);
  EXPECT_EQ(spans_[0].attributes.at("vm.id"), "vm-9");
  EXPECT_EQ(spans_[0].attributes.at("error.kind"), "NotFound");
  EXPECT_EQ(spans_[0].error->kind, ErrorKind::kNotFound);
  EXPECT_EQ(spans_[1].attributes.at("task.ref"), "none");
  EXPECT_EQ(spans_[1].attributes.at("error.kind"), "NotFound");
}

}  // namespace
}  // namespace vr::rpc
