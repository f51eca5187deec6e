#pragma once

#include "report/data.h"

#include <filesystem>

namespace cdx {

// Writes index.html,
// tables/{result,comparisons,exploratory,trends,steps,across}.{csv,md,tex} and
// figures/*.svg into `folder`, each file at once (written aside, then renamed);
// a table without rows and a figure without values are left out, and files of
// an earlier report that this one does not have are removed. Throws UserError
// where the values do not fit together (check), WorldError where a file cannot
// be written.
void write_report(const ReportData& data, const std::filesystem::path& folder);

}  // namespace cdx
