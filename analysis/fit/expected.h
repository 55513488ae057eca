/* Whether expected dates can be what was known when cases were created. Private to this folder.
 *
 * An export often holds the date as it was last: overwritten when the case closed, or moved on for
 * as long as it was open. Then it tells how long the case took, and open cases cannot have what it
 * tells. Four signs of that, any of which is enough:
 * - it is filled in ten times as often for wins, or for closed cases, as for others, or the other
 *   way round;
 * - wins, or closed cases, that were planned for ten days or more closed within a day of it;
 * - cases that were open shortly before it closed shortly after: within a tenth of the planned
 *   length, a day at least, either way. Dates that stay as they were are outlived by many cases;
 * - cases created longer ago than half of the closed ones took are filled in more often, or are
 *   planned for another length, than younger ones: what is known at the creation cannot change with
 *   the time since.
 * And dates must be seen to stay: of twenty such cases or more the share that closed shortly after
 * must be below a half, by its upper 95 % limit.
 * The second and third hold when the lower 95 % limit of the share (Clopper & Pearson 1934) is
 * above a third; the fourth when it is no chance (two in a hundred, of lengths half of one, ranks,
 * weeks of creation taken to be as wild as they are, Student's t) and no trifle (five in a
 * hundred). */
#ifndef FSIM_ANALYSIS_FIT_EXPECTED_H
#define FSIM_ANALYSIS_FIT_EXPECTED_H

#include "analysis/fit/log.h"
#include "sim/base/text.h"

/* Of the last funnel. Appends to *why what speaks against the dates, as a sentence without a full
 * stop; nothing when nothing does. */
int fsim_doubt_expected(const fsim_log *log, fsim_report *report, fsim_text *why);
/* Takes the dates out of a log whose own data speak against them. */
int fsim_drop_doubtful(fsim_log *log, fsim_report *report);

#endif
