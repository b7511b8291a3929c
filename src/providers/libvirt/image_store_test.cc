// Against libvirt's test driver, which knows volumes but not uploads: what leads up to the first
// byte, and what is left when it cannot be stored. Whole downloads: tests/integration.
#include "providers/libvirt/image_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

namespace vr::libvirt {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using ::testing::HasSubstr;

// Gives one answer after another, and remembers what was asked for.
class FakeHttp final : public net::HttpClient {
 public:
  struct Answer {
    Result<net::HttpResponse> response;
    std::string body = "";
  };
  void Redirect(const std::string& location) {
    answers.push_back({net::HttpResponse{302, {{"Location", location}}, ""}});
  }
  Result<net::HttpResponse> Do(const Context&, const net::HttpRequest&) override {
    return Error{ErrorKind::kInternal, "not asked for here", {}};
  }
  Result<net::HttpResponse> Stream(const Context& ctx, const net::HttpRequest& request,
                                   const net::ChunkHandler& on_chunk) override {
    requests.push_back(request);
    time_left = ctx.Remaining();
    if (answers.empty()) return net::HttpResponse{404, {}, ""};
    const Answer answer = answers.front();
    answers.pop_front();
    if (!answer.body.empty()) VR_RETURN_IF_ERROR(on_chunk(answer.body));
    return answer.response;
  }

  std::deque<Answer> answers;  // after them: 404
  std::vector<net::HttpRequest> requests;
  Duration time_left{};
};

struct NoProgress final : sdk::TaskProgress {
  void Report(int, std::string) override {}
};

class ImageStoreTest : public ::testing::Test {
 protected:
  ImageStoreTest() {
    connection_.Start([](virConnectPtr) { return Status(); }, [](const Error&) {});
    source_.name = "debian";
    source_.url = "https://images.example/debian.qcow2?key=sesame";
    source_.headers = {{"Authorization", "Bearer secret"}};
  }
  Error Fetch() {
    const auto image = images_.Ensure(Context(), source_, {"default-pool", "dir"}, progress_);
    return image ? Error{ErrorKind::kInternal, "it should have failed", {}} : image.error();
  }
  int Volumes() {
    return *connection_.Call(Context(), [](virConnectPtr connect) -> Result<int> {
      const PoolHandle pool(virStoragePoolLookupByName(connect, "default-pool"));
      return virStoragePoolNumOfVolumes(pool.get());
    });
  }

  EventLoop loop_;
  Connection connection_{loop_, ConnectionOptions{.uri = "test:///default"}, SystemClock()};
  Storage storage_{connection_};
  FakeHttp http_;
  ImageStore images_{connection_, storage_, &http_};
  NoProgress progress_;
  sdk::ImageSource source_;
};

TEST_F(ImageStoreTest, SendsTheUsersHeadersToNoOtherHostThanTheirs) {
  http_.Redirect("https://mirror.example/debian.qcow2");
  http_.Redirect("https://images.example/back");
  EXPECT_EQ(Fetch().kind, ErrorKind::kNotFound);
  ASSERT_EQ(http_.requests.size(), 3u);
  EXPECT_EQ(net::HeaderOr(http_.requests[0].headers, "Authorization"), "Bearer secret");
  EXPECT_EQ(http_.requests[1].url, "https://mirror.example:443/debian.qcow2");
  EXPECT_TRUE(http_.requests[1].headers.empty());
  EXPECT_TRUE(http_.requests[2].headers.empty()) << "sent on by the other host";
}

TEST_F(ImageStoreTest, SendsThemToAnotherPortOfTheHostNeither) {
  http_.Redirect("https://images.example:8443/debian.qcow2");
  Fetch();
  ASSERT_EQ(http_.requests.size(), 2u);
  EXPECT_TRUE(http_.requests[1].headers.empty());
}

TEST_F(ImageStoreTest, KeepsTheHeadersOnTheSameHost) {
  http_.Redirect("/elsewhere");
  http_.Redirect("//images.example/again");
  Fetch();
  ASSERT_EQ(http_.requests.size(), 3u);
  EXPECT_EQ(http_.requests[1].url, "https://images.example:443/elsewhere");
  EXPECT_EQ(http_.requests[2].url, "https://images.example:443/again");
  EXPECT_EQ(net::HeaderOr(http_.requests[2].headers, "Authorization"), "Bearer secret");
}

TEST_F(ImageStoreTest, FollowsNoRedirectToPlainHttpToOtherSchemesOrWithoutEnd) {
  for (const char* location : {"http://images.example/debian.qcow2", "file:///etc/shadow", ""}) {
    http_.requests.clear();
    http_.Redirect(location);
    EXPECT_EQ(Fetch().kind, ErrorKind::kInvalidSpec) << location;
    EXPECT_EQ(http_.requests.size(), 1u) << location;
  }
  for (int i = 0; i < 10; ++i) http_.Redirect("/round");
  EXPECT_THAT(Fetch().message, HasSubstr("too many redirects"));
}

TEST_F(ImageStoreTest, BoundsADownloadInTimeSpeedAndSize) {
  Fetch();
  EXPECT_GT(http_.requests[0].limits.min_bytes_per_second, 0);
  EXPECT_EQ(http_.requests[0].limits.max_bytes, int64_t{100} << 30) << "all that the pool has free";
  EXPECT_GT(http_.time_left, hours(5));
  source_.spec_json = R"({"source":{"http":{"url":"https://images.example/","timeout":"10m"}}})";
  Fetch();
  EXPECT_LE(http_.time_left, minutes(10));
  EXPECT_GT(http_.time_left, minutes(9));
}

TEST_F(ImageStoreTest, SaysWhatToDoAboutADownloadThatWasTooSlowOrTooLarge) {
  http_.answers.push_back({Error{ErrorKind::kTimeout, "slow", {}}});
  const Error slow = Fetch();
  EXPECT_THAT(slow.message, HasSubstr("spec.source.http.timeout"));
  EXPECT_THAT(slow.message, HasSubstr("https://images.example/debian.qcow2"));
  EXPECT_EQ(slow.message.find("sesame"), std::string::npos) << "the key in the URL";
  http_.answers.push_back({Error{ErrorKind::kQuotaExceeded, "large", {}}});
  EXPECT_THAT(Fetch().message, HasSubstr("storage pool default-pool has 102400 MiB free"));
}

TEST_F(ImageStoreTest, LeavesNothingOfADownloadThatCannotBeStored) {
  http_.answers.push_back({net::HttpResponse{200, {}, ""}, std::string(4096, 'x')});
  EXPECT_EQ(Fetch().kind, ErrorKind::kNotSupported);
  EXPECT_EQ(Volumes(), 0);
  http_.answers.push_back({net::HttpResponse{200, {}, ""}, "<!DOCTYPE html>"});
  EXPECT_EQ(Fetch().kind, ErrorKind::kInvalidSpec);
  EXPECT_EQ(Volumes(), 0);
}

}  // namespace
}  // namespace vr::libvirt
