// Receives an image's bytes: checks its header, sums it up, and streams it into a volume.
#pragma once

#include <openssl/evp.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "providers/libvirt/image_header.h"
#include "providers/libvirt/storage.h"
#include "sdk/provider.h"

namespace vr::libvirt {

// One thread. The volume is made with the first bytes, so that a source that gives nothing usable
// leaves nothing behind.
class ImageWriter {
 public:
  ImageWriter(Storage& storage, VolumeRef target, const sdk::ImageSource& source);
  ~ImageWriter();
  ImageWriter(const ImageWriter&) = delete;
  ImageWriter& operator=(const ImageWriter&) = delete;

  Status Write(const Context& ctx, std::string_view bytes);
  // Ends the transfer and compares the checksum: kInvalidSpec if it is another one.
  Status Finish(const Context& ctx);
  int64_t received() const { return received_; }

 private:
  Status Begin(const Context& ctx);
  Status Send(const Context& ctx, std::string_view bytes);
  Status CheckSum();

  Storage& storage_;
  const VolumeRef target_;
  const std::string declared_format_;
  const std::string expected_;  // lower-case hexadecimal; empty: not given
  const EVP_MD* const digest_;  // null: an unknown type
  EVP_MD_CTX* const sum_;
  std::string head_;  // until there is enough of it
  std::unique_ptr<VolumeWriter> writer_;
  int64_t received_ = 0;
};

}  // namespace vr::libvirt
