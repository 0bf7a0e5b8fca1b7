#include "core/jobs/person.h"

namespace flead::jobs {

Result<std::vector<JobId>> jobs_about(store::Tx& tx, const TenantId& tenant,
                                      const std::set<std::string, std::less<>>& subjects,
                                      std::string_view from_id) {
  std::vector<JobId> found;
  FLEAD_CHECK(tx.each(
      "SELECT id, subject_id FROM jobs WHERE tenant_id = $1 AND id >= $2",
      [&](const store::Row& row) {
        if (subjects.contains(row.text(1))) found.push_back(row.id<JobId>(0));
        return true;
      },
      tenant, from_id));
  return found;
}

Status erase_jobs(store::Tx& tx, const std::vector<JobId>& ids) {
  for (const JobId& id : ids) FLEAD_CHECK(tx.exec("DELETE FROM jobs WHERE id = $1", id));
  return {};
}

}  // namespace flead::jobs
