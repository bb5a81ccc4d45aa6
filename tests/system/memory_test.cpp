// A message that is larger than the memory it may take, all the way from `external send` into a mailbox.

#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <sstream>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define EXTERNAL_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EXTERNAL_SANITIZED 1
#endif
#endif

namespace external::test::memory_test {
namespace {

constexpr std::size_t megabyte = 1 << 20;
constexpr std::size_t content_size = 100 * megabyte;
constexpr std::size_t most_memory = 64 * megabyte;

/// The most memory that a process has had so far, as the kernel counts it; 0 once it has ended.
std::size_t peak_memory(pid_t process) {
  std::istringstream status(read_file("/proc/" + std::to_string(process) + "/status"));
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(line.find_first_of("0123456789"))) * 1024;
  }
  return 0;
}

/// Bytes that no line makes much shorter, written without being held here.
void write_large(const std::filesystem::path& file) {
  std::ofstream out(file, std::ios::binary);
  out << "Subject: large\n\n";
  std::string piece(megabyte, '\0');
  unsigned state = 1;
  for (std::size_t written = 0; written < content_size; written += piece.size()) {
    for (char& byte : piece) byte = static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
    out << piece;
  }
}

std::vector<std::filesystem::path> files_in(const std::filesystem::path& folder) {
  std::error_code none;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) files.push_back(entry.path());
  return files;
}

TEST(Defect, Q111558_ALargeMessageIsNeverHeldInMemory) {
#ifdef EXTERNAL_SANITIZED
  GTEST_SKIP() << "sanitizers take more memory than the message";
#endif
  TcpPair pair;
  const auto file = pair.folder / "large.eml";
  write_large(file);
  auto south = pair.start_south();
  const auto peak_of = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {external_program(), "--config", pair.north.ini()});
    Process process(arguments, pair.folder / "command.out");
    std::size_t peak = 0;
    EXPECT_TRUE(eventually(
        [&] {
          peak = std::max(peak, peak_memory(process.pid()));
          return !process.running();
        },
        std::chrono::seconds(200)));
    EXPECT_EQ(process.wait(std::chrono::seconds(1)).value_or(Ended{}).exit_code, 0) << process.output();
    return peak;
  };
  const auto sending = peak_of({"send", "--from", "ANNA", "--to", "SOUTH/HUB/ANNA", file.string()});
  const auto calling = peak_of({"call", "SOUTH/HUB"});
  const auto inbox = pair.south.path() / "mail" / "ANNA" / "new";
  ASSERT_TRUE(eventually([&] { return files_in(inbox).size() == 1; })) << pair.south.log();
  EXPECT_GE(std::filesystem::file_size(files_in(inbox).front()), content_size);

  for (const std::size_t peak : {sending, calling, peak_memory(south.pid())}) {
    EXPECT_GT(peak, 0u);
    EXPECT_LT(peak, most_memory);
  }
}

}  // namespace
}  // namespace external::test::memory_test
