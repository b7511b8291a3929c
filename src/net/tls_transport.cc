#include <algorithm>
#include <array>
#include <utility>

#include "net/openssl.h"
#include "net/transport.h"

namespace vr::net {
namespace {

constexpr size_t kPiece = 16384;

// TLS over another transport. OpenSSL works on memory; this class carries the bytes, so that
// deadlines, stops and closed peers are handled in one place.
class TlsTransport final : public Transport {
 public:
  TlsTransport(SslPtr ssl, std::unique_ptr<Transport> socket)
      : ssl_(std::move(ssl)), socket_(std::move(socket)) {
    SSL_set_bio(ssl_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(ssl_.get());
  }

  Status Handshake(TimePoint deadline) {
    for (;;) {
      ERR_clear_error();
      const int code = SSL_do_handshake(ssl_.get());
      const int reason = SSL_get_error(ssl_.get(), code);
      const Error failure = code == 1 || reason == SSL_ERROR_WANT_READ
                                ? Error{}
                                : OpenSslError(ErrorKind::kUnauthorized, "TLS handshake");
      VR_RETURN_IF_ERROR(Flush(deadline));  // also carries the alert of a failure
      if (code == 1) return {};
      if (reason != SSL_ERROR_WANT_READ) return failure;
      VR_ASSIGN_OR_RETURN(const size_t got, Fill(deadline));
      if (got == 0) return Error{ErrorKind::kUnavailable, "TLS handshake: the peer left", {}};
    }
  }

  Result<size_t> Read(char* data, size_t size, TimePoint deadline) override {
    for (;;) {
      ERR_clear_error();
      size_t got = 0;
      const int code = SSL_read_ex(ssl_.get(), data, size, &got);
      if (code == 1) return got;
      const int reason = SSL_get_error(ssl_.get(), code);
      if (reason == SSL_ERROR_ZERO_RETURN) return size_t{0};
      if (reason != SSL_ERROR_WANT_READ) return OpenSslError(ErrorKind::kUnavailable, "TLS read");
      VR_RETURN_IF_ERROR(Flush(deadline));
      VR_ASSIGN_OR_RETURN(const size_t filled, Fill(deadline));
      if (filled == 0) return size_t{0};
    }
  }

  Status Write(std::string_view data, TimePoint deadline) override {
    while (!data.empty()) {
      const std::string_view piece = data.substr(0, kPiece);
      ERR_clear_error();
      size_t written = 0;
      if (SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &written) != 1) {
        return OpenSslError(ErrorKind::kUnavailable, "TLS write");
      }
      data.remove_prefix(written);
      VR_RETURN_IF_ERROR(Flush(deadline));
    }
    return {};
  }

  void ShutdownSend(TimePoint deadline) override {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());
    if (Flush(deadline)) socket_->ShutdownSend(deadline);
    ERR_clear_error();
  }

  int fd() const override { return socket_->fd(); }
  const SSL* ssl() const { return ssl_.get(); }

 private:
  // Socket to OpenSSL; 0 at the end of the stream.
  Result<size_t> Fill(TimePoint deadline) {
    std::array<char, kPiece> piece;
    VR_ASSIGN_OR_RETURN(const size_t got, socket_->Read(piece.data(), piece.size(), deadline));
    BIO_write(SSL_get_rbio(ssl_.get()), piece.data(), static_cast<int>(got));
    return got;
  }

  // OpenSSL to socket.
  Status Flush(TimePoint deadline) {
    char* data = nullptr;
    BIO* out = SSL_get_wbio(ssl_.get());
    const long size = BIO_get_mem_data(out, &data);
    if (size <= 0) return {};
    VR_RETURN_IF_ERROR(socket_->Write(std::string_view(data, static_cast<size_t>(size)), deadline));
    (void)BIO_reset(out);
    return {};
  }

  SslPtr ssl_;
  std::unique_ptr<Transport> socket_;
};

using CtxPtr = std::unique_ptr<SSL_CTX, OpenSslDeleter<SSL_CTX_free>>;

int SelectHttp11(SSL*, const unsigned char** out, unsigned char* out_size,
                 const unsigned char* offered, unsigned int offered_size, void*) {
  static constexpr std::string_view kOurs = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(kOurs.data()),
                            static_cast<unsigned>(kOurs.size()), offered,
                            offered_size) != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_NOACK;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

void FillPeer(const SSL* ssl, PeerIdentity& peer) {
  const X509Ptr certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate || SSL_get_verify_result(ssl) != X509_V_OK) return;
  const auto names = SubjectFields(certificate.get(), NID_commonName);
  if (!names.empty()) peer.common_name = names.back();
  peer.organizations = SubjectFields(certificate.get(), NID_organizationName);
  peer.dns_names = DnsNames(certificate.get());
}

class OpenSslServerContext final : public ServerTlsContext {
 public:
  explicit OpenSslServerContext(CtxPtr ctx) : ctx_(std::move(ctx)) {}

  Result<std::unique_ptr<Transport>> Accept(std::unique_ptr<Transport> socket, PeerIdentity& peer,
                                            TimePoint deadline) const override {
    SslPtr ssl(SSL_new(ctx_.get()));
    if (!ssl) return OpenSslError(ErrorKind::kInternal, "new TLS connection");
    auto transport = std::make_unique<TlsTransport>(std::move(ssl), std::move(socket));
    VR_RETURN_IF_ERROR(transport->Handshake(deadline));
    FillPeer(transport->ssl(), peer);
    return std::unique_ptr<Transport>(std::move(transport));
  }

 private:
  CtxPtr ctx_;
};

Status UseCertificate(SSL_CTX* ctx, const ServerTls& tls) {
  VR_ASSIGN_OR_RETURN(const auto chain, ReadCertificates(tls.cert_pem));
  VR_ASSIGN_OR_RETURN(const auto key, ReadPrivateKey(tls.key_pem));
  bool fits = SSL_CTX_use_certificate(ctx, chain.front().get()) == 1;
  for (size_t i = 1; fits && i < chain.size(); ++i) {
    fits = SSL_CTX_add1_chain_cert(ctx, chain[i].get()) == 1;
  }
  fits = fits && SSL_CTX_use_PrivateKey(ctx, key.get()) == 1 && SSL_CTX_check_private_key(ctx) == 1;
  if (!fits) return OpenSslError(ErrorKind::kInvalidSpec, "use the server certificate");
  return {};
}

Status UseClientCa(SSL_CTX* ctx, const ServerTls& tls) {
  if (tls.client_auth == ClientAuth::kNone) return {};
  if (tls.client_ca_pem.empty()) {
    return Error{ErrorKind::kInvalidSpec, "client certificates need a client CA", {}};
  }
  VR_ASSIGN_OR_RETURN(const auto authorities, ReadCertificates(tls.client_ca_pem));
  for (const X509Ptr& authority : authorities) {
    X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), authority.get());
    SSL_CTX_add_client_CA(ctx, authority.get());
  }
  const bool required = tls.client_auth == ClientAuth::kRequire;
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | (required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                     nullptr);
  return {};
}

}  // namespace

Result<std::shared_ptr<const ServerTlsContext>> MakeServerTlsContext(const ServerTls& tls) {
  CtxPtr ctx(SSL_CTX_new(TLS_server_method()));
  if (!ctx) return OpenSslError(ErrorKind::kInternal, "start TLS");
  SSL_CTX_set_min_proto_version(ctx.get(), TLS1_2_VERSION);
  // A resumed session would skip the check of a client certificate that may have expired since.
  SSL_CTX_set_options(ctx.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_session_cache_mode(ctx.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(ctx.get(), 0);
  SSL_CTX_set_alpn_select_cb(ctx.get(), &SelectHttp11, nullptr);
  VR_RETURN_IF_ERROR(UseCertificate(ctx.get(), tls));
  VR_RETURN_IF_ERROR(UseClientCa(ctx.get(), tls));
  return std::shared_ptr<const ServerTlsContext>(
      std::make_shared<OpenSslServerContext>(std::move(ctx)));
}

}  // namespace vr::net
