#include "support.h"

#include <command.h>

namespace external::commands::program_test {
namespace {

using namespace testing;
using test::PostOffice;

TEST(Program, ExplainsItself) {
  PostOffice office;
  const auto used = office.use({"--help"});
  EXPECT_EQ(used.exit, Exit::ok);
  for (const auto& command : all_commands()) EXPECT_THAT(used.out, HasSubstr("  " + command.name));
}

TEST(Program, ExplainsEveryCommandAndEveryOption) {
  PostOffice office;
  for (const auto& command : all_commands()) {
    std::vector<std::string> words;
    for (std::istringstream in(command.name); in;) {
      std::string word;
      if (in >> word) words.push_back(word);
    }
    words.emplace_back("--help");
    const auto used = office.use(words);
    EXPECT_EQ(used.exit, Exit::ok) << command.name;
    EXPECT_THAT(used.out, StartsWith("usage: external " + command.name));
    for (const auto& option : command.options) EXPECT_THAT(used.out, HasSubstr("--" + option.name));
    EXPECT_EQ(used.err, "");
  }
}

TEST(Program, TellsItsVersion) {
  EXPECT_THAT(PostOffice().use({"--version"}).out, MatchesRegex("external [0-9]+\\.[0-9]+\\.[0-9]+\n"));
}

struct Misuse {
  std::vector<std::string> words;
  Exit exit;
  std::string error;
};

void PrintTo(const Misuse& misuse, std::ostream* out) {
  for (const auto& word : misuse.words) *out << word << " ";
}

class Misused : public TestWithParam<Misuse> {};

TEST_P(Misused, IsRefusedInOneLineWithTheCure) {
  PostOffice office(test::south);
  const auto used = office.use(GetParam().words);
  EXPECT_EQ(used.exit, GetParam().exit);
  EXPECT_THAT(used.err, StartsWith("external: "));
  EXPECT_THAT(used.err, HasSubstr(GetParam().error));
  EXPECT_EQ(std::ranges::count(used.err, '\n'), 1);
}

INSTANTIATE_TEST_SUITE_P(
    Program, Misused,
    Values(
        Misuse{{}, Exit::usage, "no command; external --help"},
        Misuse{{"sned"}, Exit::usage, "did you mean send?"},
        Misuse{{"modem"}, Exit::usage, "write external modem test"},
        Misuse{{"script"}, Exit::usage, "external script check or external script play"},
        Misuse{{"--colour"}, Exit::usage, "unknown option --colour"},
        Misuse{{"--config"}, Exit::usage, "--config needs"},
        Misuse{{"send", "--too", "anna"}, Exit::usage, "did you mean --to?"},
        Misuse{{"send", "--to"}, Exit::usage, "--to"},
        Misuse{{"send"}, Exit::usage, "no recipient; write --to ADDRESS"},
        Misuse{{"send", "--to", "anna", "--priority", "high"}, Exit::usage, "urgent, normal or low"},
        Misuse{{"send", "--to", "an na"}, Exit::data, "address 'an na'"},
        Misuse{{"send", "--to", "carl"}, Exit::no_user, "external mailbox add NAME"},
        Misuse{{"send", "--to", "EAST/HUB/CARL"}, Exit::no_host, "no route to EAST/HUB"},
        Misuse{{"send", "--to", "anna", "nofile"}, Exit::no_input, "nofile cannot be read: No such file"},
        Misuse{{"send", "--to", "anna", "/"}, Exit::no_input, "no Maildir"},
        Misuse{{"send", "--to", "anna", "--mbox", "/"}, Exit::io, "Is a directory"},
        Misuse{{"status", "now"}, Exit::usage, "'now' means nothing here"},
        Misuse{{"stop"}, Exit::unavailable, "no External is running for NORTH/CLINIC; start it with"},
        Misuse{{"stop", "--instance", "Lan"}, Exit::unavailable, "no External is running"},
        Misuse{{"call"}, Exit::usage, "external call NETWORK/POSTOFFICE"},
        Misuse{
            {"call", "EAST/HUB"}, Exit::no_host, "unknown post office EAST/HUB; add [PostOffice EAST/HUB]"},
        Misuse{{"call", "SOUTH/BRANCH"}, Exit::no_host, "reached through SOUTH/HUB; call that"},
        Misuse{{"hangup"}, Exit::usage, "external hangup INSTANCE"},
        Misuse{{"hangup", "Lam"}, Exit::config, "unknown instance Lam; did you mean Lan?"},
        Misuse{
            {"hangup", "Lan"}, Exit::unavailable, "no External is running for NORTH/CLINIC; start it with"},
        Misuse{{"run", "--console", "--service"}, Exit::usage, "exclude each other"},
        Misuse{{"run", "--instance", "Modem9"}, Exit::config, "unknown instance Modem9"},
        Misuse{{"log"}, Exit::no_input, "begins with the first external run"},
        Misuse{{"log", "--since", "soon"}, Exit::usage, "write 10:30"},
        Misuse{{"log", "--instance", "Modem9"}, Exit::config, "unknown instance Modem9"},
        Misuse{{"queue", "turn"}, Exit::usage, "'turn' is none of"},
        Misuse{{"queue", "hold"}, Exit::usage, "name messages by their numbers"},
        Misuse{{"queue", "hold", "x1"}, Exit::usage, "'x1' is no message number"},
        Misuse{{"queue", "delete", "--limit", "1"}, Exit::usage, "or write --all"},
        Misuse{{"queue", "delete", "all"}, Exit::usage, "write --all"},
        Misuse{{"queue", "delete", "7", "--all"}, Exit::usage, "either name messages"},
        Misuse{{"queue", "delete", "SOUTH/HUB"}, Exit::usage, "external queue delete --to SOUTH/HUB"},
        Misuse{{"queue", "retry", "Lan"}, Exit::usage, "only be held and released"},
        Misuse{{"queue", "hold", "SOUTH/HUP"}, Exit::no_host, "did you mean SOUTH/HUB?"},
        Misuse{
            {"queue", "list", "--state", "ill"}, Exit::usage, "write queued, transfer, held or quarantined"},
        Misuse{{"queue", "list", "--older", "old"}, Exit::usage, "--older old: "},
        Misuse{{"queue", "list", "7"}, Exit::usage, "external queue show ID"},
        Misuse{{"queue", "hold", "7"}, Exit::nothing, "no message 7"},
        Misuse{{"queue", "show", "7"}, Exit::nothing, "no message 7"},
        Misuse{{"mailbox", "add"}, Exit::usage, "name a mailbox"},
        Misuse{{"mailbox", "turn", "x"}, Exit::usage, "none of add, list, password, remove"},
        Misuse{{"mailbox", "remove", "carl"}, Exit::no_user, "no mailbox carl"},
        Misuse{{"mailbox", "remove", "postmaster"}, Exit::unavailable, "postmaster is needed"},
        Misuse{{"mailbox", "add", "a/b"}, Exit::data, "mailbox"},
        Misuse{{"init", "NORTH"}, Exit::usage, "external init NETWORK/POSTOFFICE FOLDER"},
        Misuse{{"init", "NORTH", "/nowhere"}, Exit::data, ""},
        Misuse{{"modem", "test", "--instance", "Modem9"}, Exit::config, "unknown instance Modem9"},
        Misuse{{"script", "check"}, Exit::usage, "external script check FILE"},
        Misuse{{"script", "play", "x"}, Exit::usage, "--port LINE"}));

TEST(Program, TellsAllThatIsWrongWithAConfigurationWithItsLines) {
  PostOffice office;
  const auto file = office.folder() / "bad.ini";
  test::write_file(file, "[External]\nHomePO = NORTH/CLINIC\nAsyncSped = 9\nLogVerbose = perhaps\n");
  const auto used = office.use({"queue", "--config", file.string()});
  EXPECT_EQ(used.exit, Exit::config);
  EXPECT_THAT(used.err, HasSubstr("bad.ini:3: error: unknown setting 'AsyncSped'"));
  EXPECT_THAT(used.err, HasSubstr("bad.ini:4: error:"));
}

TEST(Program, RefusesAConfigurationThatIsNotThere) {
  const auto used = PostOffice().use({"--config", "/nowhere/external.ini", "queue"});
  EXPECT_EQ(used.exit, Exit::config);
  EXPECT_THAT(used.err, HasSubstr("/nowhere/external.ini"));
}

TEST(Program, TakesSettingsFromTheCommandLineInBothForms) {
  PostOffice office;
  EXPECT_THAT(office.use({"queue", "--HomePO=EAST/SHIP", "--json"}).exit, Exit::ok);
  EXPECT_THAT(office.use({"status", "/HomePO=EAST/SHIP"}).out, HasSubstr("EAST/SHIP"));
  EXPECT_THAT(office.use({"status", "/homepo=east"}).exit, Exit::config);
}

TEST(Init, MakesAPostOfficeThatWorksAtOnce) {
  PostOffice outside;
  const auto folder = outside.folder() / "ship";
  const auto used = outside.use({"init", "sea/ship", folder.string()});
  ASSERT_EQ(used.exit, Exit::ok) << used.err;
  EXPECT_THAT(used.out, HasSubstr("mailbox add NAME"));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "log"));
  EXPECT_TRUE(std::filesystem::is_directory(folder / "mail"));
  const auto config = (folder / "external.ini").string();
  EXPECT_EQ(outside.use({"mailbox", "--config", config}).out, "POSTMASTER\n");
  EXPECT_EQ(outside.use({"send", "--config", config, "--from", "me", "--to", "postmaster"}, "x").exit,
            Exit::ok);
}

TEST(Init, NeverTouchesAPostOfficeThatIsThere) {
  PostOffice office;
  const auto before = test::read_file(office.config());
  const auto used = office.use({"init", "SEA/SHIP", office.folder().path().string()});
  EXPECT_EQ(used.exit, Exit::cannot_create);
  EXPECT_THAT(used.err, HasSubstr("exists already"));
  EXPECT_EQ(test::read_file(office.config()), before);
}

TEST(Mailbox, IsAddedListedAndRemoved) {
  PostOffice office;
  EXPECT_EQ(office.use({"mailbox", "add", "Carl"}).exit, Exit::ok);
  EXPECT_THAT(office.use({"mailbox", "add", "CARL"}).out, HasSubstr("exists already"));
  EXPECT_EQ(office.use({"mailbox", "list", "--json"}).out, "[\"Carl\",\"anna\",\"bert\"]\n");
  EXPECT_EQ(office.use({"mailbox", "remove", "carl"}).exit, Exit::ok);
  EXPECT_EQ(office.use({"mailbox"}).out, "anna\nbert\n");
}

TEST(Mailbox, WithMailIsRemovedOnlyWhenThatIsMeant) {
  PostOffice office;
  test::write_file(office.folder() / "mail/anna/new/1", "mail");
  EXPECT_THAT(office.use({"mailbox", "remove", "anna"}).err, HasSubstr("--with-mail"));
  EXPECT_EQ(office.use({"mailbox", "remove", "anna", "--with-mail"}).exit, Exit::ok);
}

TEST(ScriptCheck, NamesTheFileLineAndColumn) {
  PostOffice office;
  const auto good = (office.folder() / "GOOD.MDM").string();
  const auto bad = (office.folder() / "BAD.MDM").string();
  test::write_file(good, "RESET:\n sendln \"ATZ\"\n return 0\n");
  test::write_file(bad, "RESET:\n sned \"ATZ\"\n return 0\n");
  EXPECT_EQ(office.use({"script", "check", good}).exit, Exit::ok);
  const auto used = office.use({"script", "check", good, bad});
  EXPECT_EQ(used.exit, Exit::data);
  EXPECT_THAT(used.err, StartsWith(bad + ":2:2: error: "));
}

}  // namespace
}  // namespace external::commands::program_test
