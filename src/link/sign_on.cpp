#include <external/link/sign_on.h>
#include <external/link/wire.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace external::link {

namespace {

constexpr std::uint8_t protocol_version = 1;
constexpr std::size_t nonce_size = 16;
constexpr std::size_t proof_size = 32;
constexpr std::size_t longest_name = 255;

enum class Type : std::uint8_t { hello = 1, challenge = 2, proof = 3, accepted = 4, refused = 5 };
enum class Refusal : std::uint8_t { credentials = 1, address = 2, version = 3, busy = 4 };

void fill_random(std::span<std::uint8_t> bytes) {
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
    throw std::runtime_error("no random numbers");
}

Writer begin(Type type) {
  Writer out;
  out.u8(static_cast<std::uint8_t>(type));
  return out;
}

void write_nonce(Writer& out) {
  std::array<std::uint8_t, nonce_size> nonce;
  fill_random(nonce);
  out.bytes(nonce);
}

void write_name(Writer& out, std::string_view name) {
  name = name.substr(0, longest_name);
  out.u8(static_cast<std::uint8_t>(name.size())).text(name);
}

std::string read_name(Reader& in) {
  const auto size = in.u8();
  return std::string(as_text(in.bytes(size)));
}

Bytes proof_of(const Key& key, std::string_view role, const Bytes& hello, const Bytes& challenge) {
  Writer transcript;
  transcript.text(role).bytes(hello).bytes(challenge);
  Bytes proof(proof_size);
  unsigned size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), transcript.data().data(),
       transcript.data().size(), proof.data(), &size);
  return proof;
}

bool proves(ByteView given, const Bytes& expected) {
  return given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

error_code error_of(Refusal refusal) {
  switch (refusal) {
    case Refusal::credentials:
      return Error::wrong_credentials;
    case Refusal::address:
      return Error::wrong_address;
    case Refusal::version:
      return Error::wrong_version;
    case Refusal::busy:
      return Error::busy;
  }
  return Error::protocol;
}

/// The next record, which must be of type `expected` or a refusal.
Task<Result<Bytes>> expect(Link& link, Type expected, TimePoint deadline) {
  auto record = co_await link.receive(deadline);
  if (!record) co_return record.error();
  Reader in(record->bytes);
  const auto type = static_cast<Type>(in.u8());
  if (type == Type::refused) {
    const auto reason = static_cast<Refusal>(in.u8());
    co_return in.ok() ? error_of(reason) : error_code(Error::protocol);
  }
  if (!in.ok() || record->stream != Stream::control || type != expected)
    co_return error_code(Error::protocol);
  co_return std::move(record->bytes);
}

/// Tells the caller why, and gives the telling time to arrive before the answer `why` lets the line go.
Task<error_code> refuse(Link& link, Refusal refusal, TimePoint deadline) {
  Writer out = begin(Type::refused);
  const auto why = error_of(refusal);
  out.u8(static_cast<std::uint8_t>(refusal)).text(why.message());
  co_await link.send(Stream::control, out.take());
  co_await link.flush(deadline);
  co_return why;
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

Task<error_code> sign_on_as_caller(Link& link, std::string_view own_name, std::string_view called,
                                   const Key& key, TimePoint deadline) {
  Writer hello = begin(Type::hello);
  hello.u8(protocol_version);
  write_nonce(hello);
  write_name(hello, own_name);
  write_name(hello, called);
  if (const auto error = co_await link.send(Stream::control, hello.data())) co_return error;

  const auto challenge = co_await expect(link, Type::challenge, deadline);
  if (!challenge) co_return challenge.error();
  Reader in(*challenge);
  in.u8();
  if (in.u8() != protocol_version) co_return Error::wrong_version;
  in.bytes(nonce_size);
  const std::string answerer = read_name(in);
  if (!in.ok()) co_return Error::protocol;
  if (answerer != called) co_return Error::wrong_address;

  Writer proof = begin(Type::proof);
  proof.bytes(proof_of(key, "caller", hello.data(), *challenge));
  if (const auto error = co_await link.send(Stream::control, proof.take())) co_return error;

  const auto accepted = co_await expect(link, Type::accepted, deadline);
  if (!accepted) co_return accepted.error();
  const auto expected = proof_of(key, "answerer", hello.data(), *challenge);
  co_return proves(ByteView(*accepted).subspan(1), expected) ? error_code()
                                                             : error_code(Error::wrong_credentials);
}

Task<Result<std::string>> sign_on_as_answerer(Link& link, std::string_view own_name, const KeyLookup& key_of,
                                              TimePoint deadline, std::string* claimed) {
  const auto hello = co_await expect(link, Type::hello, deadline);
  if (!hello) co_return hello.error();
  Reader in(*hello);
  in.u8();
  const auto their_version = in.u8();
  in.bytes(nonce_size);
  std::string caller = read_name(in);
  const std::string called = read_name(in);
  if (!in.ok()) co_return error_code(Error::protocol);
  if (claimed) *claimed = caller;
  if (their_version != protocol_version) co_return co_await refuse(link, Refusal::version, deadline);
  if (called != own_name) co_return co_await refuse(link, Refusal::address, deadline);

  Writer challenge = begin(Type::challenge);
  challenge.u8(protocol_version);
  write_nonce(challenge);
  write_name(challenge, own_name);
  if (const auto error = co_await link.send(Stream::control, challenge.data())) co_return error;

  const auto proof = co_await expect(link, Type::proof, deadline);
  if (!proof) co_return proof.error();
  // An unknown caller is checked against a key that nobody has, so that it cannot tell itself from a wrong
  // password.
  auto key = co_await key_of(caller);
  const bool known = key.has_value();
  if (!known) fill_random(key.emplace());
  const bool proven = proves(ByteView(*proof).subspan(1), proof_of(*key, "caller", *hello, challenge.data()));
  if (!known || !proven) co_return co_await refuse(link, Refusal::credentials, deadline);

  link.accept_records(largest_record);
  Writer accepted = begin(Type::accepted);
  accepted.bytes(proof_of(*key, "answerer", *hello, challenge.data()));
  if (const auto error = co_await link.send(Stream::control, accepted.take())) co_return error;
  co_return caller;
}

}  // namespace external::link
