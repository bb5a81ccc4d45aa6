#pragma once
// Standard input and output as the connection under an SMTP dialogue.

#include <external/stream/stream.h>

#include <iosfwd>

namespace external::commands {

/// Blocks the thread while it waits for the client, so it is for programs that have nothing else to do: who
/// keeps silent keeps up nobody but himself. The streams must outlive it.
class StandardStream final : public stream::Stream {
 public:
  StandardStream(std::istream& in, std::ostream& out) : in_(in), out_(out) {}

  Task<std::size_t> read(std::span<char> to) override;
  Task<bool> write(std::string_view text) override;

 private:
  std::istream& in_;
  std::ostream& out_;
};

}  // namespace external::commands
