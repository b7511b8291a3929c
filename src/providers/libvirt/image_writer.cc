#include "providers/libvirt/image_writer.h"

#include <array>
#include <utility>

#include "base/text.h"

namespace vr::libvirt {
namespace {

// "sha256:abc..." and "abc..." alike.
std::string ChecksumDigits(const std::string& checksum) {
  const size_t colon = checksum.find(':');
  return Lowercase(colon == std::string::npos ? checksum : checksum.substr(colon + 1));
}

const EVP_MD* DigestOf(const sdk::ImageSource& source) {
  const std::string type = Lowercase(source.checksum_type);
  for (const char* known : {"md5", "sha1", "sha256", "sha512"}) {
    if (type == known) return EVP_get_digestbyname(known);
  }
  return type.empty() ? EVP_sha256() : nullptr;
}

}  // namespace

ImageWriter::ImageWriter(Storage& storage, VolumeRef target, const sdk::ImageSource& source)
    : storage_(storage),
      target_(std::move(target)),
      declared_format_(Lowercase(source.format)),
      expected_(ChecksumDigits(source.checksum)),
      digest_(DigestOf(source)),
      sum_(EVP_MD_CTX_new()) {
  if (digest_ != nullptr) EVP_DigestInit_ex(sum_, digest_, nullptr);
}

ImageWriter::~ImageWriter() { EVP_MD_CTX_free(sum_); }

Status ImageWriter::Begin(const Context& ctx) {
  if (digest_ == nullptr) {
    return Error{
        ErrorKind::kInvalidSpec, "unknown checksum type: use md5, sha1, sha256 or sha512", {}};
  }
  if (received_ == 0) return Error{ErrorKind::kInvalidSpec, "the image is empty", {}};
  VR_ASSIGN_OR_RETURN(const ImageHeader header, ReadImageHeader(head_, declared_format_));
  // Whatever the format, the bytes go in as they are; libvirt finds out by looking (Refresh).
  VR_RETURN_IF_ERROR(storage_.Create(ctx, {.ref = target_,
                                           .format = "raw",
                                           .capacity_bytes = header.virtual_size,
                                           .backing_path = "",
                                           .backing_format = ""}));
  VR_ASSIGN_OR_RETURN(writer_, storage_.Upload(target_));
  return Send(ctx, std::exchange(head_, ""));
}

Status ImageWriter::Send(const Context& ctx, std::string_view bytes) {
  EVP_DigestUpdate(sum_, bytes.data(), bytes.size());
  return writer_->Write(ctx, bytes);
}

Status ImageWriter::Write(const Context& ctx, std::string_view bytes) {
  received_ += static_cast<int64_t>(bytes.size());
  if (writer_) return Send(ctx, bytes);
  head_ += bytes;
  return head_.size() < kImageHeaderBytes ? Status() : Begin(ctx);
}

Status ImageWriter::Finish(const Context& ctx) {
  if (!writer_) VR_RETURN_IF_ERROR(Begin(ctx));
  VR_RETURN_IF_ERROR(writer_->Finish());
  return CheckSum();
}

Status ImageWriter::CheckSum() {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  EVP_DigestFinal_ex(sum_, digest.data(), &length);
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < length; ++i) {
    hex += kDigits[digest[i] >> 4U];
    hex += kDigits[digest[i] & 15U];
  }
  if (expected_.empty() || hex == expected_) return {};
  return Error{
      ErrorKind::kInvalidSpec, "checksum of the image is " + hex + ", expected " + expected_, {}};
}

}  // namespace vr::libvirt
