#include "check.h"

#include "listeners.h"

#include <external/base/networks.h>
#include <external/base/text.h>
#include <external/config/values.h>

#include <algorithm>
#include <map>

namespace external::config {

namespace {

class Checker {
 public:
  Checker(Settings& settings, Diagnostics& diagnostics) : settings_(settings), diagnostics_(diagnostics) {}

  void run() {
    for (const auto& instance : settings_.instances) check_instance(instance);
    check_ports();
    check_disk();
    check_smtp();
    check_person();
    check_gateway();
    check_domains();
    for (auto& office : settings_.post_offices) check_post_office(office);
    for (const auto& group : settings_.groups) check_group(group);
    for (const auto& mailbox : settings_.mailboxes) check_mailbox(mailbox);
    for (const auto& share : settings_.shares) check_share(share);
    check_doors();
  }

 private:
  void complain(int line, std::string text) {
    diagnostics_.push_back({settings_.file.string(), line, std::move(text)});
  }
  void complain(const Instance& at, const std::string& text) {
    complain(at.line, "[External-" + at.name + "]: " + text);
  }
  void complain(const PostOffice& at, const std::string& text) {
    complain(at.line, "[PostOffice " + at.name + "]: " + text);
  }

  void check_instance(const Instance& instance) {
    if (instance.comm_in_only && instance.comm_out_only) {
      complain(instance, "CommInOnly and CommOutOnly exclude each other; for neither set CommDisable");
    }
    if (instance.comm_disable) return;
    if (instance.comm_type == CommType::async) return check_async(instance);
    if (!instance.async_comm_port.empty()) {
      complain(instance, "AsyncCommPort is for CommType = Async; remove it or change CommType");
    }
    if (instance.comm_in_only && !instance.listen) {
      complain(instance, "it only answers, but Listen is missing; add Listen = HOST:PORT");
    }
  }

  void check_async(const Instance& instance) {
    if (instance.async_comm_port.empty()) {
      complain(instance, "AsyncCommPort is missing; add the port of the modem, for example /dev/ttyUSB0");
    }
    check_address(instance);
    if (instance.holds_port_for_calls_only() && !instance.comm_out_only) {
      complain(
          instance,
          "with HoldPort = call nobody listens between calls, so it cannot answer; add CommOutOnly = yes, "
          "or remove HoldPort");
    }
    if (instance.listen) complain(instance, "Listen is for CommType = Tcp; remove it or change CommType");
  }

  /// A port that is not a device of this computer.
  void check_address(const Instance& instance) {
    const std::string& port = instance.async_comm_port;
    const auto slashes = port.find("://");
    if (slashes == std::string::npos) return;
    const auto kind = port.substr(0, slashes);
    if (kind != "tcp" && kind != "rfc2217") {
      return complain(instance,
                      "AsyncCommPort = " + visible(port) +
                          " is of no known kind; write a tty, rfc2217://HOST:PORT or tcp://HOST:PORT");
    }
    try {
      parse_host_port(std::string_view(port).substr(slashes + 3));
    } catch (const BadValue& error) {
      complain(instance, "AsyncCommPort = " + visible(port) + ": " + error.what());
    }
  }

  void check_ports() {
    const auto& all = settings_.instances;
    for (auto one = all.begin(); one != all.end(); ++one) {
      if (one->comm_disable || one->comm_type != CommType::async || one->async_comm_port.empty()) continue;
      const auto earlier = std::find_if(all.begin(), one, [&](const Instance& other) {
        return !other.comm_disable && other.comm_type == CommType::async &&
               other.async_comm_port == one->async_comm_port;
      });
      if (earlier != one) {
        complain(*one, "the port " + one->async_comm_port + " belongs to [External-" + earlier->name +
                           "] already; give each instance its own, or set CommDisable");
      }
    }
  }

  void check_disk() {
    if (settings_.disk_not_full() >= settings_.min_k_disk_full) return;
    complain(0, "MinKDiskNotFull is less than MinKDiskFull (" + std::to_string(settings_.min_k_disk_full) +
                    "); make it the greater one, or remove it");
  }

  void check_smtp() {
    const auto& smtp = settings_.smtp;
    if (smtp.certificate.empty() != smtp.key.empty())
      complain(0, "SmtpCertificate and SmtpKey belong together; give both, or neither");
    if (!smtp.submission.empty() && smtp.certificate.empty() && !smtp.auth_without_tls)
      complain(
          0,
          "nobody can sign on at SubmissionListen: passwords need TLS; give SmtpCertificate and SmtpKey, "
          "or SmtpAuthWithoutTls = yes");
  }

  bool is_of_a_person() const { return !settings_.remote_user.empty(); }

  void check_person() {
    if (!is_of_a_person() || settings_.find_post_office(settings_.home_po) != nullptr) return;
    complain(0, "RemoteUser says that this machine calls " + settings_.home_po + "; add [PostOffice " +
                    settings_.home_po + "] with Password and Phone or Address");
  }

  void check_gateway() {
    const auto office = settings_.gateway_office();
    if (office.empty() || settings_.find_post_office(office)) return;
    const auto line = settings_.line_of("Gateway");
    if (office == settings_.home_po) {
      return complain(line, "Gateway = " + office +
                                ": this is the home post office itself; name another one, or the way out "
                                "from here, as smtp://127.0.0.1:25");
    }
    complain(line, "Gateway = " + office + ": there is no route to it; " + cure_of_hub(office));
  }

  /// A domain belongs to one post office, or nobody could tell where its mail goes.
  void check_domains() {
    std::map<std::string, std::string> owners{{natural_domain(settings_.home_po), settings_.home_po}};
    for (const auto& office : settings_.post_offices)
      owners.emplace(natural_domain(office.name), office.name);
    for (const auto& domain : settings_.domains)
      claim(owners, domain, settings_.home_po, settings_.line_of("Domain"));
    for (const auto& office : settings_.post_offices) {
      for (const auto& domain : office.domains) claim(owners, domain, office.name, office.line_of("Domain"));
    }
  }

  void claim(std::map<std::string, std::string>& owners, const std::string& domain, const std::string& office,
             int line) {
    const auto [owner, is_new] = owners.try_emplace(domain, office);
    if (is_new || owner->second == office) return;
    complain(line, "Domain = " + domain + ": mail under it goes to " + owner->second + " already, not to " +
                       office + "; remove it from one of them");
  }

  static std::string natural_domain(std::string_view office) {
    const auto slash = office.find('/');
    return slash == std::string_view::npos
               ? std::string()
               : to_lower(office.substr(slash + 1)) + "." + to_lower(office.substr(0, slash));
  }

  void check_post_office(PostOffice& office) {
    if (is_of_a_person() && office.name != settings_.home_po) {
      return complain(office, "the machine of a person (RemoteUser) calls its post office " +
                                  settings_.home_po + " only; remove this section, or RemoteUser");
    }
    if (!is_of_a_person() && office.name == settings_.home_po) {
      return complain(office, "this is the home post office itself; remove the section");
    }
    if (office.regular && !office.intervals.empty()) {
      complain(office, "Regular and Intervals exclude each other; remove one of them");
    }
    check_schedule(office);
    if (office.route == Route::indirect) return check_indirect(office);
    if (!office.deliver.empty()) return check_handed_over(office);
    check_instances_of(office);
  }

  void check_schedule(const PostOffice& office) {
    if (office.poll && !office.can_be_called())
      complain(office, "Poll needs a Phone or an Address to call; add one, or remove Poll");
    if (office.poll && !office.regular && office.intervals.empty())
      complain(office, "Poll needs to know how often; add Regular = 1h, or Intervals");
    const auto& when = office.call_when;
    if (!when.waiting && (when.messages || when.bytes))
      complain(office,
               "CallWhen without a time would keep a single message for ever; add one: CallWhen = 5 "
               "messages, 30m");
    if (when.waiting && *when.waiting >= settings_.useful_life)
      complain(office,
               "CallWhen lets mail wait longer than its UsefulLife; make one shorter or the other longer");
  }

  // Nobody calls it: what is about calls would be without effect, and nobody would know.
  void check_handed_over(const PostOffice& office) {
    const bool is_called = office.can_be_called() || !office.instances.empty() || office.regular ||
                           !office.intervals.empty() || office.call_when.waiting || office.minutes_per_day ||
                           office.messages_per_call;
    if (!is_called) return;
    complain(
        office.line_of("Deliver"),
        "[PostOffice " + office.name +
            "]: its mail is handed over as Deliver says and it is never called, so Phone, Address, "
            "Instance, Regular, Intervals, CallWhen, MinutesPerDay and MessagesPerCall have no use; remove "
            "them, or remove Deliver");
  }

  void check_indirect(const PostOffice& office) {
    if (!office.deliver.empty()) {
      complain(office.line_of("Deliver"), "[PostOffice " + office.name + "]: it is reached through " +
                                              office.hub +
                                              ", so Deliver has no use; remove it, or set Route = Direct");
    }
    if (!office.phone.empty() || !office.script.empty() || office.address || !office.instances.empty()) {
      complain(office,
               "it is reached through " + office.hub +
                   ", so Phone, Address and Instance have no use; remove them, or set Route = Direct");
    }
    std::vector<std::string> way{office.name};
    for (const PostOffice* step = &office; step->route == Route::indirect;) {
      const PostOffice* hub = settings_.find_post_office(step->hub);
      if (!hub) {
        // The one that names the unknown hub complains for itself.
        if (step == &office) complain_of_hub(office);
        return;
      }
      const bool again = std::find(way.begin(), way.end(), hub->name) != way.end();
      way.push_back(hub->name);
      if (again) return complain_of_circle(office, way);
      step = hub;
    }
  }

  void complain_of_circle(const PostOffice& office, const std::vector<std::string>& way) {
    std::string text;
    for (const auto& step : way) text += (text.empty() ? "" : " -> ") + step;
    complain(office.line_of("Route"), "[PostOffice " + office.name + "]: its route goes round in a circle, " +
                                          text + "; one of them must have Route = Direct");
  }

  void complain_of_hub(const PostOffice& office) {
    const std::string where = "[PostOffice " + office.name + "]: its hub ";
    if (office.hub == settings_.home_po) {
      return complain(
          office.line_of("Route"),
          where + office.hub +
              " is the home post office itself; name the next one on the way, or set Route = Direct");
    }
    complain(office.line_of("Route"), where + office.hub + " is unknown; " + cure_of_hub(office.hub));
  }

  // Members are addresses, which only those can judge who know addresses; here only what would be no list.
  void check_group(const Group& group) {
    const std::string where = "[Group " + group.name + "]: ";
    if (equal_no_case(group.name, "POSTMASTER")) {
      return complain(group.line, where + "every post office has a mailbox of that name; rename the group");
    }
    if (group.members.empty()) {
      complain(
          group.line,
          where + "Members is missing; name at least one, or remove the section, so that senders are told");
    }
  }

  /// Where `setting` of a pool stands.
  int line_in(const Share& share, std::string_view setting) const {
    const int line = line_of(settings_.given, "Share " + share.name, setting);
    return line > 0 ? line : share.line;
  }

  void check_share(const Share& share) {
    const std::string where = "[Share " + share.name + "]: ";
    const auto given = settings_.given.find("Share " + share.name);
    if (given != settings_.given.end() && given->second.contains("Password") &&
        given->second.contains("PasswordFile"))
      complain(share.line, where + "Password and PasswordFile exclude each other; remove one");
    check_networks(share, "Allow", share.allow);
    check_networks(share, "First", share.first);
    if (share.listen.empty() && share.listen_raw.empty())
      complain(share.line, where + "nobody can come to it; add Listen or ListenRaw");
    if (share.certificate.empty() != share.key.empty())
      complain(share.line, where + "Certificate and Key belong together; add the other one");
    if (share.instances.empty())
      complain(share.line, where +
                               "there is no modem to lend; add Instance, or correct ModemClass, Script or "
                               "LowestSpeed");
    for (const auto& name : share.instances) check_lent(share, name, where);
  }

  void check_networks(const Share& share, const std::string& setting, const std::vector<std::string>& list) {
    try {
      const Networks networks(list);
    } catch (const std::runtime_error& error) {
      complain(line_in(share, setting), "[Share " + share.name + "]: " + setting + ": " + error.what());
    }
  }

  /// Each place belongs to one door of one pool, or it could not be opened beside the other.
  void check_doors() {
    const auto all = listeners_of(settings_);
    for (auto one = all.begin(); one != all.end(); ++one) {
      if (!one->section.starts_with("Share ")) continue;
      if (!is_place(one->host)) {
        complain(one->line, title_of(*one) + ": " + visible(one->host) +
                                " is no address; give one of this computer, or 0.0.0.0 for all of them");
        continue;
      }
      for (auto other = all.begin(); other != one; ++other) {
        const auto trouble = conflict(*one, *other);
        if (trouble.empty()) continue;
        complain(one->line, title_of(*one) + ": " + trouble);
        break;
      }
    }
  }

  static bool is_place(const std::string& host) {
    error_code no_address;
    asio::ip::make_address(host, no_address);
    return !no_address;
  }

  static std::string nature_of(const Instance& instance) {
    const std::string modem_class = instance.modem_class.empty() ? "none" : instance.modem_class;
    return "its ModemClass is " + modem_class + ", its CommScript " + instance.comm_script +
           " and its AsyncSpeed " + std::to_string(instance.async_speed);
  }

  void check_lent(const Share& share, const std::string& name, const std::string& where) {
    const auto* instance = settings_.find_instance(name);
    if (!instance)
      return complain(share.line, where + "there is no [External-" + name + "]; add it, or correct Instance");
    if (instance->comm_type != CommType::async)
      return complain(share.line, where + "[External-" + name + "] has no modem; only Async ones are lent");
    if (instance->holds_port_for_calls_only())
      return complain(share.line, where + "[External-" + name +
                                      "] has HoldPort = call, so between its calls it has no modem to lend; "
                                      "remove that, or take it out of Instance");
    if (!share.fits(*instance))
      complain(share.line, where + "[External-" + name + "] would never be lent, " + nature_of(*instance) +
                               "; correct ModemClass, Script or LowestSpeed, or take it out of Instance");
  }

  void check_mailbox(const Mailbox& mailbox) {
    const std::string where = "[Mailbox " + visible(mailbox.name) + "]: ";
    if (mailbox.deliver.empty())
      complain(mailbox.line, where + "Deliver is missing; add it, or remove the section");
    for (const auto& group : settings_.groups) {
      if (!equal_no_case(group.name, mailbox.name)) continue;
      complain(mailbox.line, where + "that is a group, see line " + std::to_string(group.line) +
                                 "; rename one of them, or give its members a Deliver each");
    }
  }

  std::string cure_of_hub(const std::string& hub) const {
    std::vector<std::string> known;
    for (const auto& other : settings_.post_offices) known.push_back(other.name);
    const auto near = nearest(hub, known);
    return near.empty() ? "add a section [PostOffice " + hub + "]" : "did you mean " + near + "?";
  }

  void check_instances_of(PostOffice& office) {
    if (office.instances.empty()) return choose_instances(office);
    for (auto& name : office.instances) {
      const Instance* instance = settings_.find_instance(name);
      if (!instance) {
        complain(office, "the instance " + visible(name) + " is unknown; " + cure_of_instance(name));
        continue;
      }
      name = instance->name;
      check_reach(office, *instance);
    }
  }

  std::string cure_of_instance(const std::string& name) const {
    std::vector<std::string> known;
    for (const auto& other : settings_.instances) known.push_back(other.name);
    const auto near = nearest(name, known);
    return near.empty() ? "add a section [External-" + visible(name) + "]" : "did you mean " + near + "?";
  }

  void check_reach(const PostOffice& office, const Instance& instance) {
    if (!instance.can_dial()) return;
    const std::string otherwise =
        ", or set CommInOnly in [External-" + instance.name + "] if only the other end calls";
    if (instance.comm_type == CommType::async && office.phone.empty() && office.script.empty())
      complain(office, "Phone is missing; add the number to dial" + otherwise);
    if (instance.comm_type == CommType::tcp && !office.address)
      complain(office, "Address is missing; add Address = HOST:PORT" + otherwise);
  }

  // All that can; none for a post office that only calls us.
  void choose_instances(PostOffice& office) {
    if (!office.can_be_called()) return;
    const CommType wanted = office.address ? CommType::tcp : CommType::async;
    const Instance* unwilling = nullptr;
    for (const auto& instance : settings_.instances) {
      if (instance.comm_type != wanted) continue;
      if (instance.can_dial()) {
        office.instances.push_back(instance.name);
      } else {
        unwilling = &instance;
      }
    }
    if (!office.instances.empty()) return;
    if (unwilling) {
      complain(office, "no instance can call it: [External-" + unwilling->name + "] has " +
                           (unwilling->comm_disable ? "CommDisable" : "CommInOnly") +
                           "; remove that, or the " + (wanted == CommType::tcp ? "Address" : "Phone") +
                           " if only the other end calls");
      return;
    }
    complain(office, std::string("no instance can call it; add a section [External-NAME] with CommType = ") +
                         (wanted == CommType::tcp ? "Tcp" : "Async"));
  }

  Settings& settings_;
  Diagnostics& diagnostics_;
};

}  // namespace

void complete_and_check(Settings& settings, Diagnostics& diagnostics) {
  Checker(settings, diagnostics).run();
}

}  // namespace external::config
