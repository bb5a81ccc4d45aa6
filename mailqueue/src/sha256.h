#pragma once
// SHA-256 of bytes that come piece by piece.

#include <mailqueue/envelope.h>

#include <cstddef>
#include <memory>
#include <span>

struct evp_md_ctx_st;

namespace mailqueue {

class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256(Sha256&&) = default;
  Sha256& operator=(Sha256&&) = default;

  void update(std::span<const std::byte> bytes);

  /// Of what came so far; more may come.
  Digest digest() const;

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

/// Of all of `content`.
Digest sha256_of(std::string_view content);

}  // namespace mailqueue
