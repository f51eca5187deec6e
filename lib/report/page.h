#pragma once

#include "report/data.h"

#include <string>

namespace cdx {

// The whole report as one HTML page that needs nothing else: style and pictures
// are in it, it has no script, and its content security policy forbids loading
// anything. Every text of the data is escaped. It is also well-formed XML after
// its first line. Throws UserError as check().
std::string report_page(const ReportData& data);

}  // namespace cdx
