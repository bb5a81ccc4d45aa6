#include "handshake.h"
#include "refusal.h"

#include <external/link/sign_on.h>
#include <external/link/wire.h>

namespace external::link {

namespace {

enum class Type : std::uint8_t { banner = 1, reply = 2, refused = refusal_type };

Bytes record_of(Type type, ByteView content) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(type)).bytes(content);
  return out.take();
}

/// The content of the next record, which must be of type `expected` or a refusal.
Task<Result<Bytes>> expect(Link& link, Type expected, TimePoint deadline) {
  auto record = co_await link.receive_clear(deadline);
  if (!record) co_return record.error();
  Reader in(*record);
  const auto type = static_cast<Type>(in.u8());
  const auto content = in.rest();
  if (type == Type::refused) {
    const auto refusal = decode_refusal(content);
    co_return refusal ? refusal->why : error_code(Error::protocol);
  }
  if (type != expected) co_return error_code(Error::protocol);
  co_return Bytes(content.begin(), content.end());
}

/// Tells the other end why, and gives the telling time to arrive before this end lets the line go.
Task<error_code> refuse(Link& link, error_code why, TimePoint deadline) {
  co_await link.send_clear(record_of(Type::refused, encode_refusal(why)));
  co_await link.flush(deadline);
  co_return why;
}

/// What the link must know of an agreement.
void apply(Link& link, const Agreement& agreement, const Terms& ours, const Dictionaries& dictionaries) {
  Security security{agreement.send, agreement.receive, agreement.encrypted, nullptr};
  security.dictionary = dictionaries.common(ours.dictionaries & agreement.theirs.dictionaries);
  link.secure(security);
  if (agreement.reliable) link.trust_line();
}

}  // namespace

Key derive_key(std::string_view password, std::string_view one_post_office,
               std::string_view other_post_office) {
  const auto [low, high] = std::minmax(one_post_office, other_post_office);
  std::string salt = "External v1";
  salt.append(1, '\0').append(low).append(1, '\0').append(high);
  constexpr std::uint64_t cost = 32768;
  constexpr std::uint64_t block_size = 8;
  constexpr std::uint64_t memory_limit = 64 << 20;
  Key key;
  if (EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                     salt.size(), cost, block_size, 1, memory_limit, key.data(), key.size()) != 1) {
    throw std::runtime_error("scrypt failed: not enough memory");
  }
  return key;
}

Task<Result<Agreement>> sign_on_as_caller(Link& link, std::string_view own_name, std::string_view called,
                                          Terms terms, const Key& key, const Dictionaries& dictionaries,
                                          TimePoint deadline) {
  const auto banner = co_await expect(link, Type::banner, deadline);
  if (!banner) co_return banner.error();
  terms.dictionaries = dictionaries.known();
  terms.lost = link.losses().value_or(0);
  // A line mostly eats the same in both directions; if not, the other end says so.
  link.avoid(terms.lost);
  Calling calling{std::string(own_name), std::string(called), terms};
  const auto reply = calling.answer(*banner, key);
  if (!reply) co_return co_await refuse(link, reply.error(), deadline);
  const auto& agreement = calling.agreement();
  if (agreement.half_duplex) link.take_turns(true);
  if (const auto error = co_await link.send_clear(record_of(Type::reply, *reply))) co_return error;
  apply(link, agreement, terms, dictionaries);
  co_return agreement;
}

Task<Result<Agreement>> sign_on_as_answerer(Link& link, std::string_view own_name, Terms terms,
                                            const KeyLookup& key_of, const Dictionaries& dictionaries,
                                            TimePoint deadline, std::string* claimed) {
  terms.dictionaries = dictionaries.known();
  Answering answering{std::string(own_name), terms};
  if (const auto error = co_await link.send_clear(record_of(Type::banner, answering.banner())))
    co_return error;
  const auto reply = co_await expect(link, Type::reply, deadline);
  // A caller that refuses has not seen any proof yet that it could find wrong.
  if (!reply && reply.error() == Error::wrong_credentials) co_return error_code(Error::protocol);
  if (!reply) co_return reply.error();
  const auto claim = answering.read(*reply);
  if (!claim) co_return claim.error();
  if (claimed) *claimed = claim->caller;

  std::optional<Key> key;
  if (claim->called == own_name) key = co_await key_of(claim->caller);
  auto agreement = answering.verify(key);
  if (!agreement) co_return co_await refuse(link, agreement.error(), deadline);

  link.avoid(agreement->theirs.lost);
  if (agreement->half_duplex) link.take_turns(false);
  apply(link, *agreement, terms, dictionaries);
  co_return agreement;
}

}  // namespace external::link
