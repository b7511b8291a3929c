#include "net/local_ca.h"

#include <openssl/ec.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include "net/openssl.h"

namespace vr::net {
namespace {

constexpr std::chrono::minutes kSkew(5);
constexpr const char* kServerUse = "serverAuth";
constexpr const char* kClientUse = "clientAuth";
constexpr const char* kBothUses = "serverAuth,clientAuth";

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, OpenSslDeleter<X509_EXTENSION_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, OpenSslDeleter<GENERAL_NAMES_free>>;
using BigNumPtr = std::unique_ptr<BIGNUM, OpenSslDeleter<BN_free>>;

Error Failed(const std::string& what) { return OpenSslError(ErrorKind::kInternal, what); }

struct Subject {
  std::string common_name;
  std::vector<std::string> organizations;
};

bool FillSubject(X509_NAME* name, const Subject& subject) {
  const auto add = [name](int nid, const std::string& text) {
    return X509_NAME_add_entry_by_NID(name, nid, MBSTRING_UTF8,
                                      reinterpret_cast<const unsigned char*>(text.data()),
                                      static_cast<int>(text.size()), -1, 0) == 1;
  };
  for (const auto& organization : subject.organizations) {
    if (!add(NID_organizationName, organization)) return false;
  }
  return subject.common_name.empty() || add(NID_commonName, subject.common_name);
}

bool FillSerial(X509* certificate) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return false;
  bytes[0] &= 0x7FU;  // a serial number is positive
  const BigNumPtr number(BN_bin2bn(bytes.data(), static_cast<int>(bytes.size()), nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool LooksLikeDnsName(std::string_view name) {
  if (name.substr(0, 2) == "*.") name.remove_prefix(2);
  return !name.empty() && name.size() <= 253 && name.front() != '.' && name.front() != '-' &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_';
         });
}

// Built by hand: OpenSSL's text form would take commas in a name for a list.
Status AddAlternativeNames(X509* certificate, const std::vector<std::string>& names) {
  const NamesPtr list(sk_GENERAL_NAME_new_null());
  for (const auto& text : names) {
    GENERAL_NAME* name = GENERAL_NAME_new();
    sk_GENERAL_NAME_push(list.get(), name);  // owned by the list from here
    if (ASN1_OCTET_STRING* ip = a2i_IPADDRESS(text.c_str())) {
      GENERAL_NAME_set0_value(name, GEN_IPADD, ip);
    } else if (LooksLikeDnsName(text)) {
      ASN1_IA5STRING* dns = ASN1_IA5STRING_new();
      ASN1_STRING_set(dns, text.data(), static_cast<int>(text.size()));
      GENERAL_NAME_set0_value(name, GEN_DNS, dns);
    } else {
      GENERAL_NAME_set0_value(name, GEN_DNS, ASN1_IA5STRING_new());
      return Error{
          ErrorKind::kInvalidSpec, "'" + text + "' is neither a DNS name nor an IP address", {}};
    }
  }
  ERR_clear_error();  // a2i_IPADDRESS complains about each DNS name
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) !=
      1) {
    return Failed("add the certificate's names");
  }
  return {};
}

Result<std::string> ToPem(const char* what, int written, BIO* bio) {
  if (written != 1) return Failed(std::string("write the ") + what);
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

Result<KeyPair> ToPem(X509* certificate, EVP_PKEY* key) {
  const BioPtr cert_bio(BIO_new(BIO_s_mem()));
  const BioPtr key_bio(BIO_new(BIO_s_mem()));
  KeyPair out;
  VR_ASSIGN_OR_RETURN(
      out.cert_pem,
      ToPem("certificate", PEM_write_bio_X509(cert_bio.get(), certificate), cert_bio.get()));
  const int written =
      PEM_write_bio_PKCS8PrivateKey(key_bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  VR_ASSIGN_OR_RETURN(out.key_pem, ToPem("private key", written, key_bio.get()));
  return out;
}

struct Validity {
  WallTime from;
  WallTime to;
};

// A certificate with everything but extensions and signature.
Result<X509Ptr> Draft(const Subject& subject, Validity validity, EVP_PKEY* key, X509* issuer) {
  X509Ptr certificate(X509_new());
  X509* raw = certificate.get();
  const bool filled =
      raw != nullptr && X509_set_version(raw, X509_VERSION_3) == 1 && FillSerial(raw) &&
      ASN1_TIME_set(X509_getm_notBefore(raw), WallTime::clock::to_time_t(validity.from)) !=
          nullptr &&
      ASN1_TIME_set(X509_getm_notAfter(raw), WallTime::clock::to_time_t(validity.to)) != nullptr &&
      X509_set_pubkey(raw, key) == 1;
  if (!filled) return Failed("draft a certificate");
  if (!FillSubject(X509_get_subject_name(raw), subject)) {
    return OpenSslError(ErrorKind::kInvalidSpec,
                        "certificate subject '" + subject.common_name + "'");
  }
  const X509* names = issuer != nullptr ? issuer : raw;
  if (X509_set_issuer_name(raw, X509_get_subject_name(names)) != 1) return Failed("set the issuer");
  return certificate;
}

Result<WallTime> ToWallTime(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) {
    return OpenSslError(ErrorKind::kInvalidSpec, "read a certificate's time");
  }
  return WallTime::clock::from_time_t(::timegm(&parts));
}

}  // namespace

struct LocalCa::Parts {
  X509Ptr certificate;
  KeyPtr key;
  WallTime not_after;
  const Clock& clock;

  Result<KeyPair> Issue(const Subject& subject, const std::vector<std::string>& names,
                        const char* usage, Duration validity) const {
    const KeyPtr leaf_key(EVP_EC_gen("P-256"));
    if (!leaf_key) return Failed("make a key");
    const WallTime now = clock.WallNow();
    const auto life = std::chrono::duration_cast<WallTime::duration>(validity);
    const Validity valid{now - kSkew, std::min(now + life, not_after)};
    X509* issuer = certificate.get();
    VR_ASSIGN_OR_RETURN(const X509Ptr leaf, Draft(subject, valid, leaf_key.get(), issuer));
    if (!AddExtension(leaf.get(), issuer, NID_basic_constraints, "critical,CA:FALSE") ||
        !AddExtension(leaf.get(), issuer, NID_key_usage, "critical,digitalSignature") ||
        !AddExtension(leaf.get(), issuer, NID_ext_key_usage, usage) ||
        !AddExtension(leaf.get(), issuer, NID_subject_key_identifier, "hash") ||
        !AddExtension(leaf.get(), issuer, NID_authority_key_identifier, "keyid:always")) {
      return Failed("extend a certificate");
    }
    if (!names.empty()) VR_RETURN_IF_ERROR(AddAlternativeNames(leaf.get(), names));
    if (X509_sign(leaf.get(), key.get(), EVP_sha256()) == 0) return Failed("sign a certificate");
    return ToPem(leaf.get(), leaf_key.get());
  }
};

LocalCa::LocalCa(KeyPair pem, std::unique_ptr<Parts> parts)
    : pem_(std::move(pem)), parts_(std::move(parts)) {}
LocalCa::LocalCa(LocalCa&&) noexcept = default;
LocalCa& LocalCa::operator=(LocalCa&&) noexcept = default;
LocalCa::~LocalCa() = default;

Result<LocalCa> LocalCa::Create(const std::string& common_name, Duration validity,
                                const Clock& clock) {
  const KeyPtr key(EVP_EC_gen("P-256"));
  if (!key) return Failed("make a CA key");
  const WallTime now = clock.WallNow();
  const Validity valid{now - kSkew, now + std::chrono::duration_cast<WallTime::duration>(validity)};
  VR_ASSIGN_OR_RETURN(const X509Ptr ca, Draft({common_name, {}}, valid, key.get(), nullptr));
  if (!AddExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
      !AddExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !AddExtension(ca.get(), ca.get(), NID_subject_key_identifier, "hash") ||
      X509_sign(ca.get(), key.get(), EVP_sha256()) == 0) {
    return Failed("make a CA certificate");
  }
  VR_ASSIGN_OR_RETURN(const KeyPair pem, ToPem(ca.get(), key.get()));
  return Load(pem, clock);
}

Result<LocalCa> LocalCa::Load(const KeyPair& ca, const Clock& clock) {
  VR_RETURN_IF_ERROR(CheckKeyPair(ca));
  VR_ASSIGN_OR_RETURN(auto certificates, ReadCertificates(ca.cert_pem));
  VR_ASSIGN_OR_RETURN(auto key, ReadPrivateKey(ca.key_pem));
  if (X509_check_ca(certificates.front().get()) == 0) {
    return Error{ErrorKind::kInvalidSpec, "the certificate is not one of an authority", {}};
  }
  VR_ASSIGN_OR_RETURN(const WallTime not_after, NotAfter(ca.cert_pem));
  return LocalCa(ca, std::unique_ptr<Parts>(new Parts{std::move(certificates.front()),
                                                      std::move(key), not_after, clock}));
}

Result<KeyPair> LocalCa::IssueServerCert(const std::vector<std::string>& names,
                                         Duration validity) const {
  if (names.empty()) return Error{ErrorKind::kInvalidSpec, "a server needs a name", {}};
  // The name that counts is an alternative one; the common name has room for 64 bytes only.
  const std::string common_name = names.front().size() <= 64 ? names.front() : "server";
  return parts_->Issue({common_name, {}}, names, kServerUse, validity);
}

Result<KeyPair> LocalCa::IssueServerAndClientCert(const std::string& common_name,
                                                  const std::vector<std::string>& names,
                                                  Duration validity) const {
  if (names.empty()) return Error{ErrorKind::kInvalidSpec, "a server needs a name", {}};
  return parts_->Issue({common_name, {}}, names, kBothUses, validity);
}

Result<KeyPair> LocalCa::IssueClientCert(const std::string& common_name,
                                         const std::vector<std::string>& organizations,
                                         Duration validity) const {
  if (common_name.empty()) return Error{ErrorKind::kInvalidSpec, "a client needs a name", {}};
  return parts_->Issue({common_name, organizations}, {}, kClientUse, validity);
}

Result<WallTime> NotBefore(const std::string& cert_pem) {
  VR_ASSIGN_OR_RETURN(const auto certificates, ReadCertificates(cert_pem));
  return ToWallTime(X509_get0_notBefore(certificates.front().get()));
}

Result<WallTime> NotAfter(const std::string& cert_pem) {
  VR_ASSIGN_OR_RETURN(const auto certificates, ReadCertificates(cert_pem));
  return ToWallTime(X509_get0_notAfter(certificates.front().get()));
}

bool NeedsRenewal(const std::string& cert_pem, WallTime now) {
  const auto from = NotBefore(cert_pem);
  const auto to = NotAfter(cert_pem);
  return !from || !to || now >= *from + (*to - *from) / 3 * 2;
}

Status CheckKeyPair(const KeyPair& pair) {
  VR_ASSIGN_OR_RETURN(const auto certificates, ReadCertificates(pair.cert_pem));
  VR_ASSIGN_OR_RETURN(const auto key, ReadPrivateKey(pair.key_pem));
  if (X509_check_private_key(certificates.front().get(), key.get()) == 1) return {};
  return OpenSslError(ErrorKind::kInvalidSpec, "the key does not belong to the certificate");
}

}  // namespace vr::net
