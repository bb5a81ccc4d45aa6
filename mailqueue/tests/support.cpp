#include "support.h"

#include <algorithm>
#include <random>

#include <stdlib.h>

namespace mailqueue::test {

Folder::Folder() {
  std::string name = (std::filesystem::temp_directory_path() / "mailqueue-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

Folder::~Folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Envelope mail(std::string key) {
  return mail(std::move(key), {{"SOUTH/HUB/BOB", "SOUTH/HUB"}});
}

Envelope mail(std::string key, std::vector<Recipient> recipients) {
  Envelope envelope;
  envelope.key = std::move(key);
  envelope.sender = "NORTH/CLINIC/ANN";
  envelope.recipients = std::move(recipients);
  envelope.accepted = noon;
  return envelope;
}

std::string pattern(std::size_t size, unsigned seed) {
  std::minstd_rand random(seed);
  std::string bytes(size, '\0');
  std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random() >> 8); });
  return bytes;
}

std::string all_of(const Queue& queue, MessageId message) {
  return queue.read(message, 0, queue.size(message));
}

std::vector<std::string> keys_of(const std::vector<Work>& work) {
  std::vector<std::string> keys;
  std::transform(work.begin(), work.end(), std::back_inserter(keys),
                 [](const Work& one) { return one.envelope.key; });
  return keys;
}

}  // namespace mailqueue::test
