#include "pages.h"

#include <external/base/text.h>

namespace external::console {

namespace {

using control::OfficeStatus;
using control::Status;

/// Network and post office take what the numbers leave them, up to the longest name.
struct Columns {
  std::size_t network = 10;
  std::size_t office = 10;
};

constexpr std::size_t numbers = 58;  ///< columns of all others, with the blanks between them
constexpr std::size_t least_name = 7;

std::pair<std::string, std::string> names_of(const OfficeStatus& office) {
  const auto slash = office.post_office.find('/');
  if (slash == std::string::npos) return {{}, office.post_office};
  return {office.post_office.substr(0, slash), office.post_office.substr(slash + 1)};
}

Columns columns_for(const std::vector<const OfficeStatus*>& offices, const Sheet& sheet) {
  Columns columns;
  for (const auto* office : offices) {
    const auto [network, name] = names_of(*office);
    columns.network = std::max(columns.network, width_of(readable(network, sheet.charset)));
    columns.office = std::max(columns.office, width_of(readable(name, sheet.charset)));
  }
  const std::size_t room = sheet.width > numbers ? sheet.width - numbers : 0;
  const std::size_t half = std::max(least_name, room / 2);
  columns.network = std::min(columns.network, half);
  columns.office = std::min(columns.office, std::max(half, room - std::min(room, columns.network)));
  return columns;
}

std::string row_text(const Columns& columns, std::string_view network, std::string_view office,
                     const std::vector<std::string>& values) {
  std::string text = fit(network, columns.network) + " " + fit(office, columns.office);
  constexpr std::size_t widths[] = {7, 8, 3, 7, 7, 8, 8};
  for (std::size_t index = 0; index < values.size(); ++index)
    text += " " + (index == 1 ? left(values[index], widths[index]) : right(values[index], widths[index]));
  return text;
}

const control::TrafficStatus* traffic_of(const Status& status, const std::string& office) {
  for (const auto& traffic : status.traffic) {
    if (traffic.post_office == office) return &traffic;
  }
  return nullptr;
}

/// Messages of the call that stands with it.
std::string session_of(const Status& status, const std::string& office) {
  for (const auto& line : status.lines) {
    if (line.peer == office) return with_commas(line.messages_done);
  }
  return "-";
}

Look look_of(const OfficeStatus& office) {
  if (office.state == "OK" || office.state == "START") return Look::plain;
  return office.state == "HELD" || office.state == "UNINIT" ? Look::busy : Look::bad;
}

std::vector<std::string> values_of(const Status& status, const OfficeStatus& office) {
  const auto* traffic = traffic_of(status, office.post_office);
  const auto sent = [&](const control::TrafficSpan control::TrafficStatus::*span) {
    return traffic ? with_commas((traffic->*span).sent.messages) : "0";
  };
  return {std::to_string(office.serial),          office.state,
          std::to_string(office.errors),          sent(&control::TrafficStatus::session),
          session_of(status, office.post_office), sent(&control::TrafficStatus::month),
          sent(&control::TrafficStatus::year)};
}

std::string status_line(const OfficeStatus& office) {
  return office.post_office + "  Status: " + office.state +
         (office.detail.empty() ? "" : ", " + office.detail);
}

}  // namespace

std::vector<const OfficeStatus*> offices_over(const Status& status, Medium medium) {
  std::vector<const OfficeStatus*> offices;
  for (const auto& office : status.post_offices) {
    if (office.modem == (medium == Medium::modem)) offices.push_back(&office);
  }
  return offices;
}

Frame office_page(const Scene& scene, const Sheet& sheet, Medium medium, Choice& chosen) {
  const Status& status = scene.status;
  const auto offices = offices_over(status, medium);
  std::vector<std::string> names;
  for (const auto* office : offices) names.push_back(office->post_office);
  chosen.update(std::move(names));
  Frame page{{cut(medium == Medium::lan ? "Post offices over LAN" : "Post offices over modem", sheet.width),
              Look::head}};
  if (offices.empty()) {
    page.push_back(
        {cut(medium == Medium::lan ? " None. F3 shows those over modem." : " None. F2 shows those over LAN.",
             sheet.width),
         Look::plain});
  } else {
    const auto columns = columns_for(offices, sheet);
    page.push_back({cut(" " + row_text(columns, "Network", "Postoffice",
                                       {"Serial#", "Status", "R#", "Sent", "Session", "MTD", "YTD"}),
                        sheet.width),
                    Look::head});
    const std::size_t rows = sheet.height > page.size() + 1 ? sheet.height - page.size() - 1 : 0;
    const std::size_t top = chosen.top(rows);
    for (std::size_t index = top; index < std::min(offices.size(), top + rows); ++index) {
      const auto& office = *offices[index];
      const auto [network, name] = names_of(office);
      page.push_back(entry(row_text(columns, readable(network, sheet.charset), readable(name, sheet.charset),
                                    values_of(status, office)),
                           look_of(office), index == chosen.index(), sheet));
    }
    page.resize(std::max<std::size_t>(sheet.height, 1) - 1);
    page.push_back({cut(readable(status_line(*offices[chosen.index()]), sheet.charset), sheet.width),
                    look_of(*offices[chosen.index()])});
  }
  page.resize(std::min(page.size(), sheet.height));
  return page;
}

}  // namespace external::console
