// Against libvirt's test driver. It cannot take uploads, so making a VM fails at its last volume,
// the seed: the undoing of all the steps before. VMs that are made: tests/integration.
#include "providers/libvirt/vm_maker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vr::libvirt {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct NoProgress final : sdk::TaskProgress {
  void Report(int, std::string) override {}
};

class VmMakerTest : public ::testing::Test {
 protected:
  VmMakerTest() {
    connection_.Start([](virConnectPtr) { return Status(); }, [](const Error&) {});
    EXPECT_TRUE(storage_.Create(
        ctx_, {.ref = {"default-pool", "base"}, .format = "qcow2", .capacity_bytes = 1 << 20}));
    spec_.name = "web";
    spec_.owner_uid = "u";
    spec_.owner_key = "default/web";
    spec_.vm_class.cpus = 1;
    spec_.vm_class.memory_mib = 64;
    spec_.image.name = "tiny";
    spec_.image.path = "base";
    spec_.disks = {{.name = "data", .size_gib = 1}};
  }
  Status Make() { return maker_.Make(ctx_, spec_, uuid_, progress_); }
  std::vector<std::string> Domains() {
    std::vector<std::string> names;
    const auto all = inventory_.List(ctx_);
    for (const Observed& observed : *all) names.push_back(observed.state.name);
    return names;
  }
  // Those that are not of the image.
  std::vector<std::string> Volumes() {
    using Names = std::vector<std::string>;
    return *connection_.Call(ctx_, [](virConnectPtr connect) -> Result<Names> {
      const PoolHandle pool(virStoragePoolLookupByName(connect, "default-pool"));
      virStorageVolPtr* list = nullptr;
      const int count = virStoragePoolListAllVolumes(pool.get(), &list, 0);
      Names names;
      for (int i = 0; i < count; ++i) {
        const VolumeHandle volume(list[i]);
        const std::string name = virStorageVolGetName(volume.get());
        if (!name.starts_with("vrtg-image-")) names.push_back(name);
      }
      std::free(list);
      return names;
    });
  }

  const Context ctx_ = Context().WithTimeout(std::chrono::seconds(20));
  const std::string uuid_ = DomainUuidFor("u");
  EventLoop loop_;
  Connection connection_{loop_, ConnectionOptions{.uri = "test:///default"}, SystemClock()};
  ViewCache views_;
  AddressBook addresses_;
  Inventory inventory_{connection_, views_, addresses_};
  Storage storage_{connection_};
  ImageStore images_{connection_, storage_, nullptr};
  HostProbe host_{connection_, [](virConnectPtr) -> Result<HostTraits> {
                    return HostTraits{.domain_type = "test"};
                  }};
  VmMaker maker_{connection_, storage_, images_, inventory_, host_, {"default-pool", ""}};
  NoProgress progress_;
  sdk::VmSpec spec_;
};

TEST_F(VmMakerTest, UndoesAllStepsWhenTheLastOneFails) {
  const Status made = Make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kNotSupported) << made.error().message;
  EXPECT_THAT(made.error().message, HasSubstr("cidata.iso"));
  EXPECT_THAT(Domains(), ElementsAre("test"));
  EXPECT_THAT(Volumes(), ElementsAre("base"));
}

TEST_F(VmMakerTest, LeavesAVolumeAloneThatHasTheNameOfOneOfItsOwn) {
  const std::string theirs = "vrtg-web-" + uuid_.substr(0, 8) + "-data.qcow2";
  ASSERT_TRUE(storage_.Create(
      ctx_, {.ref = {"default-pool", theirs}, .format = "qcow2", .capacity_bytes = 1 << 20}));
  const Status made = Make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kConflict) << made.error().message;
  EXPECT_THAT(made.error().message, HasSubstr(theirs));
  EXPECT_THAT(Domains(), ElementsAre("test"));
  EXPECT_TRUE(*storage_.Find(ctx_, {"default-pool", theirs})) << "somebody's data";
}

TEST_F(VmMakerTest, LeavesNothingWhenTheImageIsMissing) {
  spec_.image.path = "no-such-volume";
  const Status made = Make();
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(Domains(), ElementsAre("test"));
  EXPECT_THAT(Volumes(), ElementsAre("base"));
}

}  // namespace
}  // namespace vr::libvirt
