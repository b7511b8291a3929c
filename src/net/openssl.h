// Ownership and error texts for OpenSSL objects; included by .cc files of this room only.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace vr::net {

template <auto Free>
struct OpenSslDeleter {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

using BioPtr = std::unique_ptr<BIO, OpenSslDeleter<BIO_free_all>>;
using X509Ptr = std::unique_ptr<X509, OpenSslDeleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, OpenSslDeleter<EVP_PKEY_free>>;
using SslPtr = std::unique_ptr<SSL, OpenSslDeleter<SSL_free>>;

// Takes everything off this thread's OpenSSL error queue: "what: reason".
Error OpenSslError(ErrorKind kind, const std::string& what);

// All certificates of a PEM text, at least one; kInvalidSpec otherwise.
Result<std::vector<X509Ptr>> ReadCertificates(const std::string& pem);
Result<KeyPtr> ReadPrivateKey(const std::string& pem);

// The values of a subject's fields such as NID_commonName, as UTF-8.
std::vector<std::string> SubjectFields(const X509* certificate, int nid);
std::vector<std::string> DnsNames(const X509* certificate);

}  // namespace vr::net
