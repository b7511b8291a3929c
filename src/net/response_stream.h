// Writes HTTP/1.x answers to a transport.
#pragma once

#include <optional>
#include <stop_token>

#include "net/http.h"
#include "net/transport.h"

namespace vr::net {

// How the answer to one request must look.
struct AnswerForm {
  bool http_1_0 = false;
  bool head = false;  // the request was HEAD: no body
  bool keep_alive = true;
};

class ResponseStream final : public ResponseWriter {
 public:
  // `streams` ends the answer once it is streamed; `request` is stopped by it. `transport` outlives
  // this.
  ResponseStream(Transport& transport, AnswerForm form, Duration write_timeout,
                 std::stop_source request, std::stop_token streams)
      : transport_(transport),
        form_(form),
        write_timeout_(write_timeout),
        request_(std::move(request)),
        streams_(std::move(streams)) {}

  Status Send(HttpResponse response) override;
  Status Start(int status, Headers headers) override;
  Status Write(std::string_view chunk) override;

  // Completes the answer: the end mark of a stream, 500 if there was no answer at all. True if the
  // connection can carry another request.
  bool Finish();

  bool started() const { return state_ != State::kFresh; }
  int status() const { return status_; }

 private:
  enum class State { kFresh, kSent, kStreaming, kBroken };

  Status Head(std::string& out, int status, const Headers& headers,
              std::optional<size_t> body_size);
  Status Put(std::string_view bytes);

  Transport& transport_;
  const AnswerForm form_;
  const Duration write_timeout_;
  std::stop_source request_;
  std::stop_token streams_;
  struct StopRequest {
    std::stop_source* request;
    void operator()() const { request->request_stop(); }
  };
  std::optional<std::stop_callback<StopRequest>> on_stop_streams_;
  State state_ = State::kFresh;
  int status_ = 0;
};

}  // namespace vr::net
