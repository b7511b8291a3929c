#include "net/openssl.h"

#include <array>

namespace vr::net {
namespace {

BioPtr Reader(const std::string& text) {
  return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string Utf8(const ASN1_STRING* text) {
  unsigned char* data = nullptr;
  const int size = ASN1_STRING_to_UTF8(&data, text);
  if (size < 0) return {};
  std::string out(reinterpret_cast<char*>(data), static_cast<size_t>(size));
  OPENSSL_free(data);
  return out;
}

// Never asks a terminal for a pass phrase: an encrypted key is an error.
int NoPassphrase(char*, int, int, void*) { return 0; }

}  // namespace

Error OpenSslError(ErrorKind kind, const std::string& what) {
  std::string reason;
  std::array<char, 256> text{};
  while (const unsigned long code = ERR_get_error()) {
    ERR_error_string_n(code, text.data(), text.size());
    if (!reason.empty()) reason += "; ";
    reason += text.data();
  }
  return Error{kind, what + ": " + (reason.empty() ? "unknown reason" : reason), {}};
}

Result<std::vector<X509Ptr>> ReadCertificates(const std::string& pem) {
  ERR_clear_error();
  const BioPtr bio = Reader(pem);
  std::vector<X509Ptr> out;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, &NoPassphrase, nullptr)) {
    out.emplace_back(certificate);
  }
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (out.empty() || !at_end) return OpenSslError(ErrorKind::kInvalidSpec, "read certificate");
  ERR_clear_error();
  return out;
}

Result<KeyPtr> ReadPrivateKey(const std::string& pem) {
  ERR_clear_error();
  KeyPtr key(PEM_read_bio_PrivateKey(Reader(pem).get(), nullptr, &NoPassphrase, nullptr));
  if (!key) return OpenSslError(ErrorKind::kInvalidSpec, "read private key");
  return key;
}

std::vector<std::string> SubjectFields(const X509* certificate, int nid) {
  std::vector<std::string> out;
  const X509_NAME* name = X509_get_subject_name(certificate);
  for (int i = -1; (i = X509_NAME_get_index_by_NID(name, nid, i)) >= 0;) {
    out.push_back(Utf8(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, i))));
  }
  return out;
}

std::vector<std::string> DnsNames(const X509* certificate) {
  std::vector<std::string> out;
  auto* names = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type == GEN_DNS) out.push_back(Utf8(name->d.dNSName));
  }
  GENERAL_NAMES_free(names);
  return out;
}

}  // namespace vr::net
