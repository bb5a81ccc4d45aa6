#include "remote_home.h"

#include "home.h"

namespace external::commands {

config::Settings load_person(const Invocation& invocation) {
  auto settings = load_settings(invocation);
  if (!settings.remote_user.empty()) return settings;
  throw Failure(Exit::config, settings.file.string() +
                                  " is that of a post office, without RemoteUser; name the one " +
                                  "that external remote init has made with --config FILE");
}

std::string address_of_person(const config::Settings& settings) {
  return directory(settings).book().here();
}

std::filesystem::path maildir_of_person(const config::Settings& settings) {
  const auto name = directory(settings).book().person;
  return mailboxes(settings).find(name).value_or(settings.mail_folder() / name);
}

}  // namespace external::commands
