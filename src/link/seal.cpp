#include "seal.h"

namespace external::link {

namespace {

Ccm::Nonce nonce_of(std::uint64_t number) {
  Ccm::Nonce nonce{};
  for (std::size_t i = nonce.size(); number != 0; number >>= 8)
    nonce[--i] = static_cast<std::uint8_t>(number);
  return nonce;
}

}  // namespace

Bytes Sealer::seal(Bytes plain) {
  if (plain.size() > largest_chunk) throw std::length_error("chunk too large to be sealed");
  const auto nonce = nonce_of(next_++);
  const auto tag =
      protection_ == Protection::encrypted ? ccm_.seal(nonce, {}, plain) : ccm_.seal(nonce, plain, {});
  plain.reserve(plain.size() + tag.size());
  plain.insert(plain.end(), tag.begin(), tag.end());
  return plain;
}

std::optional<Bytes> Opener::open(Bytes sealed) {
  if (broken_ || sealed.size() < seal_size || sealed.size() - seal_size > largest_chunk) {
    broken_ = true;
    return std::nullopt;
  }
  const std::size_t size = sealed.size() - seal_size;
  Ccm::Tag tag;
  std::copy(sealed.end() - seal_size, sealed.end(), tag.begin());
  sealed.resize(size);
  if (!check(sealed, tag)) {
    broken_ = true;
    return std::nullopt;
  }
  return sealed;
}

bool Opener::check(std::span<std::uint8_t> text, const Ccm::Tag& tag) {
  const auto nonce = nonce_of(next_++);
  return protection_ == Protection::encrypted ? ccm_.open(nonce, {}, text, tag)
                                              : ccm_.open(nonce, text, {}, tag);
}

}  // namespace external::link
