// A queue that cannot be used, as each command tells it: one line with cause and cure, and nothing is
// touched.

#include "support.h"

#include <fstream>

namespace external::commands::sick_queue_test {
namespace {

using namespace testing;
using test::PostOffice;

struct SickQueue : Test {
  PostOffice office{test::south};

  void SetUp() override {
    office.use({"send", "--from", "anna", "--to", "SOUTH/HUB/CARL"}, "Subject: x\n\n");
  }

  std::filesystem::path file() const { return office.folder() / "queue.db"; }

  void overwrite(std::streamoff place, const std::string& bytes) const {
    std::fstream out(file(), std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(place);
    out << bytes;
  }

  void expect_everybody_refuses(Exit exit, const std::string& cause, const std::string& cure) {
    const auto before = test::read_file(file());
    const std::vector<std::vector<std::string>> commands = {
        {"queue"}, {"queue", "retry", "--all"}, {"send", "--to", "anna"}, {"run", "--service"}};
    for (const auto& command : commands) {
      const auto used = office.use(command, "Subject: x\n\n");
      EXPECT_EQ(used.exit, exit) << command[0];
      EXPECT_THAT(used.err, AllOf(HasSubstr(cause), HasSubstr(cure), HasSubstr("queue.db"))) << command[0];
      EXPECT_EQ(std::count(used.err.begin(), used.err.end(), '\n'), 1) << used.err;
    }
    EXPECT_EQ(test::read_file(file()), before);
  }
};

TEST_F(SickQueue, OfANewerVersion) {
  overwrite(60, std::string("\0\0\0\x63", 4));
  expect_everybody_refuses(Exit::config, "made by a newer version (layout 99", "update this program");
}

TEST_F(SickQueue, OfAnotherProgram) {
  overwrite(68, std::string("\0\0\0\x01", 4));
  expect_everybody_refuses(Exit::config, "is a database of another program", "name another file");
}

TEST_F(SickQueue, ThatIsNoDatabase) {
  overwrite(0, std::string(5000, 'X'));
  expect_everybody_refuses(Exit::io, "damaged (file is not a database)", "restore it, or move it away");
}

TEST_F(SickQueue, WhoseFolderIsInTheWay) {
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  const auto used = office.use({"queue"});
  EXPECT_EQ(used.exit, Exit::cannot_create);
  EXPECT_THAT(used.err, HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace external::commands::sick_queue_test
