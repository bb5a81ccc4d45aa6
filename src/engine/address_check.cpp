#include "address_check.h"

#include <external/base/text.h>

#include <fmt/format.h>

namespace external::engine {

namespace {

class AddressCheck {
 public:
  explicit AddressCheck(const config::Settings& settings) : settings_(settings) {}

  config::Diagnostics run() {
    collect([&] { book_ = address_book(settings_); });
    if (!problems_.empty()) return std::move(problems_);
    for (const auto& group : settings_.groups) check_members(group);
    for (const auto& alias : settings_.aliases) check_members(alias);
    check_names_of_aliases();
    if (problems_.empty()) check_circles();
    for (const auto& mailbox : settings_.mailboxes)
      collect([&] { mailbox_named(settings_, mailbox, book_); });
    collect([&] { catch_all_of(settings_, book_); });
    return std::move(problems_);
  }

 private:
  template <class Look>
  void collect(Look look) {
    try {
      look();
    } catch (const config::ConfigError& error) {
      problems_.insert(problems_.end(), error.diagnostics().begin(), error.diagnostics().end());
    }
  }

  void complain(const config::Group& group, const std::string& why) {
    problems_.push_back(
        {settings_.file.string(), group.line, fmt::format("[Group {}]: {}", group.name, why)});
  }
  void complain(const config::Alias& alias, const std::string& why) {
    problems_.push_back(
        {settings_.file.string(), alias.line, fmt::format("Alias {}: {}", visible(alias.name), why)});
  }

  template <class Named>
  void check_members(const Named& named) {
    for (const auto& member : named.members) {
      try {
        postoffice::parse_address(member, book_);
      } catch (const postoffice::BadAddress& error) {
        complain(named, fmt::format("member {}: {}; correct it or remove it", visible(member), error.what()));
      }
    }
  }

  /// Nothing, and a complaint, if it is no mailbox of the home post office.
  std::optional<postoffice::Address> address_of(const config::Alias& alias) {
    try {
      const auto address = postoffice::parse_address(alias.name, book_);
      if (address.office() == book_.home && !address.is_foreign()) return address;
      complain(alias, fmt::format("it is an address of {}; only {} can say what stands for it",
                                  address.office(), address.office()));
    } catch (const postoffice::BadAddress& error) {
      complain(alias, error.what());
    }
    return std::nullopt;
  }

  /// Each name stands for one thing.
  void check_names_of_aliases() {
    std::map<postoffice::Address, std::string> taken;
    for (const auto& group : settings_.groups)
      taken.emplace(postoffice::parse_address(group.name, book_), fmt::format("[Group {}]", group.name));
    for (const auto& alias : settings_.aliases) {
      const auto address = address_of(alias);
      if (!address) continue;
      if (address->mailbox == postoffice::postmaster) {
        complain(alias, "every post office has a mailbox of that name; choose another name");
        continue;
      }
      const auto [first, is_new] = taken.emplace(*address, fmt::format("the alias in line {}", alias.line));
      if (!is_new) complain(alias, fmt::format("{} has that name; keep one of them", first->second));
    }
  }

  void check_circles() {
    const postoffice::Groups groups(book_, groups_of(settings_));
    for (const auto& group : settings_.groups) {
      if (groups.expand(postoffice::parse_address(group.name, book_)).mailboxes.empty())
        complain(group, "its members lead back to itself and to no mailbox; name at least one mailbox");
    }
    for (const auto& alias : settings_.aliases) {
      const auto circle = groups.circle_of(postoffice::parse_address(alias.name, book_));
      if (circle.empty()) continue;
      std::string way;
      for (const auto& step : circle) way += (way.empty() ? "" : " -> ") + step.mailbox;
      complain(alias, fmt::format("it leads back to itself, {}; take one of them out", way));
    }
  }

  const config::Settings& settings_;
  postoffice::AddressBook book_;
  config::Diagnostics problems_;
};

}  // namespace

config::Diagnostics check_addresses(const config::Settings& settings) {
  return AddressCheck(settings).run();
}

config::Diagnostics check_mailboxes(const config::Settings& settings, const Directory& directory,
                                    const postoffice::Mailboxes& mailboxes) {
  const auto file = settings.file.string();
  const auto cure = [](const std::string& name, std::string_view what) {
    return fmt::format("there is a mailbox {0} too; rename the {1}, or: external mailbox remove {0}", name,
                       what);
  };
  config::Diagnostics problems;
  for (const auto& group : settings.groups) {
    if (mailboxes.find(group.name))
      problems.push_back(
          {file, group.line, fmt::format("[Group {}]: {}", group.name, cure(group.name, "group"))});
  }
  for (const auto& alias : settings.aliases) {
    const auto name = postoffice::parse_address(alias.name, directory.book()).mailbox;
    if (mailboxes.find(name))
      problems.push_back(
          {file, alias.line, fmt::format("Alias {}: {}", visible(alias.name), cure(name, "alias"))});
  }
  const auto& catch_all = directory.catch_all();
  const bool is_here = catch_all && catch_all->office() == directory.book().home && !catch_all->is_foreign();
  if (is_here && !directory.groups().has(*catch_all) && !directory.has_mailbox(*catch_all)) {
    problems.push_back(
        {file, settings.line_of("CatchAll"),
         fmt::format("CatchAll = {}: there is no such mailbox; make it with: external mailbox add {}",
                     visible(settings.catch_all), catch_all->mailbox)});
  }
  return problems;
}

std::vector<postoffice::Group> groups_of(const config::Settings& settings) {
  std::vector<postoffice::Group> groups;
  for (const auto& group : settings.groups) groups.push_back({group.name, group.members});
  for (const auto& alias : settings.aliases) groups.push_back({alias.name, alias.members, true});
  return groups;
}

std::optional<postoffice::Address> catch_all_of(const config::Settings& settings,
                                                const postoffice::AddressBook& book) {
  const auto& text = settings.catch_all;
  if (text.empty()) return std::nullopt;
  std::string why;
  try {
    const auto address = postoffice::parse_address(text, book);
    if (book.knows(address.office())) return address;
    why = "there is no route to post office " + address.office();
  } catch (const postoffice::BadAddress& error) {
    why = error.what();
  }
  throw config::ConfigError(
      {{settings.file.string(), settings.line_of("CatchAll"),
        fmt::format("CatchAll = {}: {}; correct it or remove it", visible(text), why)}});
}

}  // namespace external::engine
