#include "standard_stream.h"

#include <istream>
#include <ostream>

namespace external::commands {

Task<std::size_t> StandardStream::read(std::span<char> to) {
  // What has come, not as much as there is room for: the client may wait for an answer.
  if (in_.peek() == std::istream::traits_type::eof()) co_return 0;
  const auto size = in_.readsome(to.data(), static_cast<std::streamsize>(to.size()));
  co_return static_cast<std::size_t>(size);
}

Task<bool> StandardStream::write(std::string_view text) {
  out_.write(text.data(), static_cast<std::streamsize>(text.size()));
  out_.flush();
  co_return out_.good();
}

}  // namespace external::commands
