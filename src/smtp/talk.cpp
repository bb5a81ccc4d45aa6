#include "talk.h"

#include <algorithm>

namespace external::smtp {

namespace {

constexpr std::size_t piece_size = 64 * 1024;

}  // namespace

Task<bool> Talk::flush() {
  if (replies_.empty()) co_return true;
  const auto text = std::exchange(replies_, {});
  waits_since_ = clock_.now();
  const bool written = co_await stream_.write(text);
  waits_since_ = never;
  co_return written;
}

/// Replies go out first: the client may wait for them.
Task<bool> Talk::read_more() {
  const bool alive = co_await flush();
  if (!alive) co_return false;
  if (!received_) received_ = std::make_unique_for_overwrite<char[]>(piece_size);
  waits_since_ = clock_.now();
  const auto size = co_await stream_.read({received_.get(), piece_size});
  waits_since_ = never;
  unread_ = {received_.get(), size};
  co_return size != 0;
}

Task<std::optional<std::string>> Talk::read_line() {
  std::string line;
  for (;;) {
    const auto text = unread_;
    const auto end = text.find('\n');
    const auto size = std::min(end, text.size());
    line.append(text.substr(0, std::min(size, longest_line + 1 - std::min(line.size(), longest_line + 1))));
    take(size);
    if (end != std::string_view::npos) {
      take(1);
      if (line.ends_with('\r')) line.pop_back();
      co_return line;
    }
    const bool more = co_await read_more();
    if (!more) co_return std::nullopt;
  }
}

Task<std::string_view> Talk::unread() {
  if (unread_.empty()) co_await read_more();
  co_return unread_;
}

Task<bool> Talk::start_tls() {
  co_await flush();
  unread_ = {};
  waits_since_ = clock_.now();
  const bool encrypted = co_await stream_.start_tls();
  waits_since_ = never;
  co_return encrypted;
}

Task<> Talk::silence() {
  for (;;) {
    const auto deadline = waits_since_ == never ? clock_.now() + patience_ : waits_since_ + patience_;
    if (clock_.now() >= deadline) co_return;
    co_await clock_.wait_until(deadline);
  }
}

}  // namespace external::smtp
