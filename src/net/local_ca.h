// Our own certificate authority: mutual TLS without set-up.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace vr::net {

// PEM texts.
struct KeyPair {
  std::string cert_pem;
  std::string key_pem;
};

// Issues ECDSA P-256 certificates, valid from five minutes ago (clocks differ). Immutable and
// thread-safe; `clock` outlives it. Keys are PKCS#8.
class LocalCa {
 public:
  static Result<LocalCa> Create(const std::string& common_name, Duration validity,
                                const Clock& clock);
  // kInvalidSpec for what is not a CA certificate with its key.
  static Result<LocalCa> Load(const KeyPair& ca, const Clock& clock);
  LocalCa(LocalCa&&) noexcept;
  LocalCa& operator=(LocalCa&&) noexcept;
  ~LocalCa();

  const std::string& cert_pem() const { return pem_.cert_pem; }
  const KeyPair& key_pair() const { return pem_; }

  // `names` are DNS names (a leading "*." too) or IP addresses, at least one. No certificate
  // outlives the CA: validity is cut. kInvalidSpec for a name that is neither.
  Result<KeyPair> IssueServerCert(const std::vector<std::string>& names, Duration validity) const;
  // Good for both ends of a connection, as provider processes need.
  Result<KeyPair> IssueServerAndClientCert(const std::string& common_name,
                                           const std::vector<std::string>& names,
                                           Duration validity) const;
  Result<KeyPair> IssueClientCert(const std::string& common_name,
                                  const std::vector<std::string>& organizations,
                                  Duration validity) const;

 private:
  struct Parts;
  LocalCa(KeyPair pem, std::unique_ptr<Parts> parts);
  KeyPair pem_;
  std::unique_ptr<Parts> parts_;
};

// When the first certificate of a PEM text begins and ceases to be valid.
Result<WallTime> NotBefore(const std::string& cert_pem);
Result<WallTime> NotAfter(const std::string& cert_pem);

// True once two thirds of the certificate's life are over, and for one that cannot be read.
bool NeedsRenewal(const std::string& cert_pem, WallTime now);

// ok if the key belongs to the (first) certificate.
Status CheckKeyPair(const KeyPair& pair);

}  // namespace vr::net
