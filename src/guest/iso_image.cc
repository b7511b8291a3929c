#include "guest/iso_image.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <memory>
#include <string_view>

namespace vr::guest {
namespace {

constexpr size_t kSector = 2048;
constexpr size_t kFirstDescriptor = 16;  // sector of the first volume descriptor
constexpr size_t kMaxLabel = 16;         // what Joliet keeps of a label

struct CloseArchive {
  void operator()(archive* a) const { archive_write_free(a); }
};
struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Writer = std::unique_ptr<archive, CloseArchive>;
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

la_ssize_t Append(archive*, void* sink, const void* data, size_t size) {
  static_cast<std::string*>(sink)->append(static_cast<const char*>(data), size);
  return static_cast<la_ssize_t>(size);
}

Error Failed(archive* writer, std::string_view what) {
  const char* reason = archive_error_string(writer);
  return Error{ErrorKind::kInternal,
               "write ISO image: " + std::string(what) + ": " + (reason ? reason : "unknown error"),
               {}};
}

Entry MakeEntry(const std::string& name, unsigned type, unsigned mode) {
  Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), name.c_str());
  archive_entry_set_filetype(entry.get(), type);
  archive_entry_set_perm(entry.get(), mode);
  archive_entry_set_mtime(entry.get(), 0, 0);
  archive_entry_set_atime(entry.get(), 0, 0);
  archive_entry_set_ctime(entry.get(), 0, 0);
  return entry;
}

Status WriteFile(archive* writer, const IsoFile& file) {
  const Entry entry = MakeEntry(file.name, AE_IFREG, 0444);
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(file.content.size()));
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) return Failed(writer, file.name);
  const auto written = archive_write_data(writer, file.content.data(), file.content.size());
  if (written != static_cast<la_ssize_t>(file.content.size())) return Failed(writer, file.name);
  return {};
}

void Fill(std::string& image, size_t at, size_t count, char with) {
  if (at + count <= image.size()) image.replace(at, count, count, with);
}

size_t Byte(const std::string& image, size_t at) { return static_cast<unsigned char>(image[at]); }

size_t LittleEndian32(const std::string& image, size_t at) {
  return Byte(image, at) | Byte(image, at + 1) << 8U | Byte(image, at + 2) << 16U |
         Byte(image, at + 3) << 24U;
}

// The dates of one folder record: the short one of ISO 9660 and those of Rock Ridge's TF fields.
void ZeroRecordDates(std::string& image, size_t record, size_t length) {
  constexpr size_t kDate = 18, kNameLength = 32, kName = 33;
  Fill(image, record + kDate, 7, '\0');
  size_t field = record + kName + Byte(image, record + kNameLength);
  field += (field - record) % 2;
  while (field + 4 <= record + length) {
    const size_t field_length = Byte(image, field + 2);
    if (field_length < 4 || field + field_length > record + length) return;
    if (image.compare(field, 2, "TF") == 0) Fill(image, field + 5, field_length - 5, '\0');
    field += field_length;
  }
}

// `record`: the root folder's record in a volume descriptor; it says where the folder lies.
void ZeroFolderDates(std::string& image, size_t record) {
  Fill(image, record + 18, 7, '\0');
  const size_t begin = LittleEndian32(image, record + 2) * kSector;
  const size_t end = std::min(begin + LittleEndian32(image, record + 10), image.size());
  for (size_t at = begin; at + 34 < end;) {
    const size_t length = Byte(image, at);
    if (length < 34 || at + length > end) {  // records do not cross sectors: the rest is padding
      at = (at / kSector + 1) * kSector;
      continue;
    }
    ZeroRecordDates(image, at, length);
    at += length;
  }
}

// libarchive stamps the image with the time of its making: in each volume descriptor, in the root
// folder, and in a text sector of its own. It also writes the first label in capitals, where every
// other tool keeps it as given.
void Finish(std::string& image, const std::string& label) {
  constexpr size_t kLabel = 40, kRootRecord = 156, kLongDates = 813;
  for (size_t at = kFirstDescriptor * kSector; at + kSector <= image.size(); at += kSector) {
    if (image.compare(at, 5, "INFO ") == 0) {
      Fill(image, at, kSector, '\0');
      return;
    }
    const size_t type = Byte(image, at);
    if (image.compare(at + 1, 5, "CD001") != 0 || (type != 1 && type != 2)) continue;
    if (type == 1) image.replace(at + kLabel, label.size(), label);
    for (size_t date = 0; date < 4; ++date) {  // creation, modification, expiration, effective
      Fill(image, at + kLongDates + 17 * date, 16, '0');
      Fill(image, at + kLongDates + 17 * date + 16, 1, '\0');
    }
    ZeroFolderDates(image, at + kRootRecord);
  }
}

Status CheckNames(const std::string& label, const std::vector<IsoFile>& files) {
  if (label.empty() || label.size() > kMaxLabel) {
    return Error{ErrorKind::kInvalidSpec, "ISO volume label must have 1 to 16 characters", {}};
  }
  for (const IsoFile& file : files) {
    if (file.name.empty() || file.name.size() > 64 || file.name.find('/') != std::string::npos) {
      return Error{
          ErrorKind::kInvalidSpec, "bad file name for an ISO image: '" + file.name + "'", {}};
    }
  }
  return {};
}

}  // namespace

Result<std::string> MakeIsoImage(const std::string& volume_label,
                                 const std::vector<IsoFile>& files) {
  VR_RETURN_IF_ERROR(CheckNames(volume_label, files));
  std::string image;
  const Writer writer(archive_write_new());
  archive* raw = writer.get();
  const std::string options = "iso9660:volume-id=" + volume_label;
  if (archive_write_set_format_iso9660(raw) != ARCHIVE_OK ||
      archive_write_set_options(raw, options.c_str()) != ARCHIVE_OK ||
      archive_write_set_options(raw, "iso9660:joliet,iso9660:rockridge=useful") != ARCHIVE_OK ||
      archive_write_set_bytes_in_last_block(raw, 1) != ARCHIVE_OK ||
      archive_write_open(raw, &image, nullptr, Append, nullptr) != ARCHIVE_OK) {
    return Failed(raw, "open");
  }
  for (const IsoFile& file : files) VR_RETURN_IF_ERROR(WriteFile(raw, file));
  if (archive_write_close(raw) != ARCHIVE_OK) return Failed(raw, "close");
  Finish(image, volume_label);
  return image;
}

}  // namespace vr::guest
