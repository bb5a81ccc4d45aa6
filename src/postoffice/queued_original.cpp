#include "queued_original.h"

#include <external/postoffice/header.h>

#include <algorithm>

namespace external::postoffice {

namespace {

constexpr std::size_t read_size = 256 * 1024;

// Calls `take` with one piece after the other until it returns false.
template <class Take>
void each_piece(const mailqueue::Queue& queue, mailqueue::MessageId message, Take take) {
  std::uint64_t offset = 0;
  for (auto part = queue.read(message, offset, read_size); !part.empty();
       part = queue.read(message, offset, read_size)) {
    if (!take(part)) return;
    offset += part.size();
  }
}

}  // namespace

std::string start_of(const mailqueue::Queue& queue, mailqueue::MessageId message) {
  return queue.read(message, 0, header_limit);
}

Encoding encoding_of(const mailqueue::Queue& queue, mailqueue::MessageId message) {
  EncodingScan scan;
  each_piece(queue, message, [&](const std::string& part) {
    scan.add(part);
    return !scan.decided();
  });
  return scan.result();
}

void write(const mailqueue::Queue& queue, mailqueue::MessageId message, const Notice& notice,
           mailqueue::Writer& to) {
  to.append(notice.before);
  if (notice.whole) {
    each_piece(queue, message, [&](const std::string& part) {
      to.append(part);
      return true;
    });
  }
  to.append(notice.after);
}

std::string common_error(const mailqueue::Work& work) {
  if (work.targets.empty()) return {};
  const auto& error = work.targets.front().error;
  const bool common = std::all_of(work.targets.begin(), work.targets.end(),
                                  [&](const auto& target) { return target.error == error; });
  return common ? error : std::string();
}

}  // namespace external::postoffice
