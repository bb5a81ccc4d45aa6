#include "home.h"

#include <external/base/text.h>

namespace external::commands {

config::Settings load_settings(const Invocation& invocation) {
  const auto file = config::find_config(invocation.config, invocation.world.environment("EXTERNAL_CONFIG"));
  return config::load(file, invocation.overrides);
}

postoffice::AddressBook address_book(const config::Settings& settings) {
  return engine::address_book(settings);
}

std::string usual_sender(const config::Settings& settings, const Surroundings& world) {
  return settings.remote_user.empty() ? world.user : settings.remote_user;
}

engine::Directory directory(const config::Settings& settings) {
  try {
    return engine::Directory(std::make_shared<const config::Settings>(settings));
  } catch (const std::runtime_error& error) {
    throw Failure(Exit::config, error.what());
  }
}

postoffice::Mailboxes mailboxes(const config::Settings& settings) {
  // Trouble shows when the folder is used, which says it better.
  std::error_code ignored;
  std::filesystem::create_directories(settings.mail_folder(), ignored);
  return postoffice::Mailboxes(settings.mail_folder());
}

postoffice::DiskGuard disk_guard(const config::Settings& settings) {
  return {settings.folder, {settings.min_k_disk_full * 1024, settings.disk_not_full() * 1024}};
}

mailqueue::Queue open_queue(const config::Settings& settings) {
  return mailqueue::Queue(settings.queue_file());
}

std::vector<std::filesystem::path> script_folders() {
  std::vector<std::filesystem::path> folders;
  // Beside the program wherever it was installed, as a package is built for another prefix.
  std::error_code error;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  const auto beside = (program.parent_path() / "../share/external/scripts").lexically_normal();
  if (!error && std::filesystem::is_directory(beside, error)) folders.push_back(beside);
  for (const auto& folder : split(EXTERNAL_SCRIPT_FOLDERS, ':')) folders.emplace_back(folder);
  return folders;
}

control::ControlClient connect_to_running(const config::Settings& settings) {
  return {settings.control_socket().string(), settings.home_po};
}

void tell_news(const config::Settings& settings) {
  try {
    connect_to_running(settings).request({{"command", "news"}}, std::chrono::seconds(2));
  } catch (const std::exception&) {
    // It finds out by itself within seconds, or when it starts; the mail is safe already.
  }
}

const config::Instance& named_instance(const config::Settings& settings, const std::string& name) {
  if (const auto* instance = settings.find_instance(name)) return *instance;
  std::vector<std::string> known;
  for (const auto& instance : settings.instances) known.push_back(instance.name);
  const auto near = nearest(name, known);
  throw Failure(Exit::config, "unknown instance " + visible(name) +
                                  (near.empty() ? "; external status shows those there are"
                                                : "; did you mean " + near + "?"));
}

void expect_no_operands(const Invocation& invocation) {
  if (invocation.operands().empty()) return;
  throw Failure(Exit::usage, "'" + visible(invocation.operands().front()) +
                                 "' means nothing here; --help explains the command");
}

}  // namespace external::commands
