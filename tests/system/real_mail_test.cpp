// Real mail, if a folder of it is named: every message arrives byte for byte.

#include "tcp_pair.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>

namespace external::test::real_mail_test {
namespace {

std::vector<std::filesystem::path> mail_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file() && entry.path().extension() == ".eml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Every second file, beginning with one.
std::vector<std::filesystem::path> half_of(const std::vector<std::filesystem::path>& files,
                                           std::size_t first) {
  std::vector<std::filesystem::path> half;
  for (auto at = first; at < files.size(); at += 2) half.push_back(files[at]);
  return half;
}

void send_all(const PostOffice& from, const std::string& to,
              const std::vector<std::filesystem::path>& files) {
  constexpr std::size_t at_once = 500;  // a command line has an end
  for (std::size_t begin = 0; begin < files.size(); begin += at_once) {
    std::vector<std::string> words{"send", "--quiet", "--from", "ANNA", "--to", to};
    for (auto at = begin; at < std::min(files.size(), begin + at_once); ++at)
      words.push_back(files[at].string());
    const auto sent = from.command(words);
    ASSERT_EQ(sent.exit_code, 0) << sent.output;
  }
}

/// Each of `files` ends one message of its own.
void expect_all(const std::vector<std::string>& arrived, const std::vector<std::filesystem::path>& files) {
  ASSERT_EQ(arrived.size(), files.size());
  std::vector<bool> taken(arrived.size());
  for (const auto& file : files) {
    const auto content = read_file(file);
    bool found = false;
    for (std::size_t at = 0; at < arrived.size() && !found; ++at) {
      if (taken[at] || !arrived[at].ends_with(content)) continue;
      taken[at] = found = true;
    }
    EXPECT_TRUE(found) << file << " did not arrive as it was";
  }
}

std::string nested_mime(int depth) {
  std::string text = "Subject: deep\nMIME-Version: 1.0\n";
  std::string ends;
  for (int level = 0; level < depth; ++level) {
    const auto name = std::to_string(level);
    text += "Content-Type: multipart/mixed; boundary=b" + name + "\n\n--b" + name + "\n";
    ends.insert(0, "--b" + name + "--\n");
  }
  return text + "\ninmost\n" + ends;
}

std::string large_header() {
  std::string text = "Subject: large\n";
  for (int line = 0; line < 1000; ++line)
    text += "X-" + std::to_string(line) + ": " + std::string(90, 'y') + "\n";
  return text + "\ntext\n";
}

TEST(RealMail, ThatIsOddArrivesByteForByteThroughACall) {
  using namespace std::string_literals;
  const std::vector<std::string> odd{
      "Subject: gr\xfc\xdf\n\n\x80\xff caf\xe9\n"s,
      "Subject: nul\n\na\0b\0\0\n\0"s,
      "Subject: long\n\n" + std::string(10'000, 'x') + "\nend",
      "Subject: from\n\nFrom here\n>From there\n\nFrom x Mon Jan 1\n.\n..\n"s,
      "Subject: empty\n\n"s,
      "Subject: no empty line"s,
      "Subject: x\nno field\n: nor this\nX :y\n\nSubject: body\n"s,
      "Subject: line ends\r\n\none\rtwo\r\nthree\n\r"s,
      large_header(),
      nested_mime(100),
      "no header at all\n"s,
  };
  TcpPair pair;
  std::vector<std::filesystem::path> files;
  for (std::size_t at = 0; at < odd.size(); ++at) {
    files.push_back(pair.folder / ("odd" + std::to_string(at) + ".eml"));
    write_file(files.back(), odd[at]);
  }
  send_all(pair.north, "SOUTH/HUB/ANNA", files);
  auto south = pair.start_south();
  const auto call = pair.north.command({"call", "SOUTH/HUB"}, "/dev/null", std::chrono::seconds(250));
  ASSERT_EQ(call.exit_code, 0) << call.output << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == files.size(); }))
      << pair.south.log();
  expect_all(pair.south.mailbox("ANNA"), files);
}

TEST(RealMail, ArrivesByteForByteBothWays) {
  const char* folder = std::getenv("EXTERNAL_MAIL_FOLDER");
  if (!folder) GTEST_SKIP() << "EXTERNAL_MAIL_FOLDER names no folder with .eml files";
  const auto files = mail_in(folder);
  ASSERT_FALSE(files.empty()) << "no .eml files in " << folder;
  const auto up = half_of(files, 0);
  const auto down = half_of(files, 1);
  TcpPair pair;
  send_all(pair.north, "SOUTH/HUB/ANNA", up);
  send_all(pair.south, "NORTH/CLINIC/ANNA", down);
  auto south = pair.start_south();
  const auto call = pair.north.command({"call", "SOUTH/HUB"}, "/dev/null", std::chrono::seconds(250));
  ASSERT_EQ(call.exit_code, 0) << call.output << pair.north.log();
  EXPECT_TRUE(eventually([&] { return pair.south.mailbox("ANNA").size() == up.size(); })) << pair.south.log();
  expect_all(pair.south.mailbox("ANNA"), up);
  expect_all(pair.north.mailbox("ANNA"), down);
}

}  // namespace
}  // namespace external::test::real_mail_test
