#include "content_input.h"

#include <mailqueue/writer.h>

namespace mailqueue {

Writer::Writer(std::unique_ptr<ContentInput> input) : input_(std::move(input)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

ContentInput& Writer::input() const {
  if (!input_) throw Error(ErrorKind::misuse, "this writer was moved away");
  return *input_;
}

std::uint64_t Writer::offset() const {
  return input().offset();
}
Digest Writer::digest() const {
  return input().digest();
}
void Writer::append(std::span<const std::byte> bytes) {
  input().append(bytes);
}
void Writer::truncate(std::uint64_t size) {
  input().truncate(size);
}
void Writer::flush(Time now) {
  input().flush(now);
}
Accepted Writer::commit(const Envelope& envelope, Time now) {
  return input().commit(envelope, now);
}
void Writer::discard() {
  input().discard();
}

}  // namespace mailqueue
