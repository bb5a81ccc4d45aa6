#pragma once
// All settings, each declared once: name, kind of value, meaning.

#include <external/config/settings.h>

#include <boost/program_options/options_description.hpp>

#include <filesystem>

namespace external::config {

/// Each function declares the settings of one kind of section, bound to the object that takes their values.
/// The object must outlive the description. Values that cannot be used throw BadValue. Relative paths start
/// at `folder`.
boost::program_options::options_description global_options(Settings& to, const std::filesystem::path& folder);
boost::program_options::options_description instance_options(Instance& to,
                                                             const std::filesystem::path& folder);
boost::program_options::options_description post_office_options(PostOffice& to,
                                                                const std::filesystem::path& folder);
boost::program_options::options_description group_options(Group& to);
boost::program_options::options_description mailbox_options(Mailbox& to);
boost::program_options::options_description share_options(Share& to, const std::filesystem::path& folder);

/// The declaration of a setting, by its name in any case; nullptr if there is none.
const boost::program_options::option_description* find_option(
    const boost::program_options::options_description& options, const std::string& name);

/// Gives a setting its value. Throws BadValue.
void assign(const boost::program_options::option_description& option, const std::string& value);

std::vector<std::string> names_of(const boost::program_options::options_description& options);

}  // namespace external::config
