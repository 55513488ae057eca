#include "sim/model/keys.h"

#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* ---- scalars ---- */

static const char *const rest_word[] = {"rest", NULL};
static const char *const counts_as_words[] = {"win", NULL};
static const char *const occupies_words[] = {"work", "stage", NULL};
static const char *const spacing_words[] = {"poisson", "evenly", NULL};
static const char *const queue_words[] = {"fifo", "lifo", "value", NULL};
static const char *const applies_words[] = {"new", "next_stage", "all", NULL};

#define FREE_SCALAR(id, text, how) \
  static const fsim_scalar id = {.name = #id, .expected = text, .form = how}
#define NUMBER_SCALAR(id, text, how, what, from, to) \
  static const fsim_scalar id = {                    \
      .name = #id, .expected = text, .form = how, .kind = what, .least = from, .most = to}
#define WORD_SCALAR(id, text, list) \
  static const fsim_scalar id = {   \
      .name = #id, .expected = text, .form = FSIM_FORM_WORD, .words = list}

FREE_SCALAR(text, "a text", FSIM_FORM_TEXT);
FREE_SCALAR(name, "a name without spaces, dots or commas", FSIM_FORM_NAME);
FREE_SCALAR(attribute_value, "a value without dots, commas, = or :", FSIM_FORM_VALUE);
FREE_SCALAR(outcome_of_funnel, "funnel.outcome, such as basic.won", FSIM_FORM_OUTCOME);
FREE_SCALAR(stage_of_funnel, "funnel.stage, such as basic.talk", FSIM_FORM_OUTCOME);
FREE_SCALAR(date, "a date such as 2026-03-10", FSIM_FORM_DATE);
FREE_SCALAR(clock, "a time of day such as 09:00", FSIM_FORM_CLOCK);
FREE_SCALAR(days, "weekdays such as mon-fri or sat", FSIM_FORM_DAYS);
FREE_SCALAR(flag, "true or false", FSIM_FORM_FLAG);
WORD_SCALAR(counts_as, "win", counts_as_words);
WORD_SCALAR(occupies, "work or stage", occupies_words);
WORD_SCALAR(spacing, "poisson or evenly", spacing_words);
WORD_SCALAR(discipline, "fifo, lifo, value or {priority: ...}", queue_words);
WORD_SCALAR(applies_to, "new, next_stage or all", applies_words);

#define A_TIME "a time of 0 or more with its unit (s, min, h, d, w), such as 3 d"
NUMBER_SCALAR(time, A_TIME, FSIM_FORM_DURATION, FSIM_KIND_TIME, 0, INFINITY);
NUMBER_SCALAR(signed_time, "a time with its unit (s, min, h, d, w), such as -1 d",
              FSIM_FORM_DURATION, FSIM_KIND_TIME, -INFINITY, INFINITY);
static const fsim_scalar some_time = {
    .name = "some_time",
    .expected = "a time of more than 0 with its unit (s, min, h, d, w), such as 3 d",
    .form = FSIM_FORM_DURATION,
    .kind = FSIM_KIND_TIME,
    .most = INFINITY,
    .above = true};
/* Settings of a run are no levers. */
static const fsim_scalar span = {
    .name = "span",
    .expected = "a time of more than 0 with its unit (s, min, h, d, w), such as 52 w",
    .form = FSIM_FORM_DURATION,
    .most = INFINITY,
    .above = true};
NUMBER_SCALAR(setting_time, A_TIME, FSIM_FORM_DURATION, FSIM_NOT_A_NUMBER, 0, INFINITY);
NUMBER_SCALAR(setting_whole, "a whole number of 1 or more", FSIM_FORM_WHOLE, FSIM_NOT_A_NUMBER, 1,
              4294967295.0);
NUMBER_SCALAR(setting_seed, "a whole number of 0 or more", FSIM_FORM_WHOLE, FSIM_NOT_A_NUMBER, 0,
              9007199254740991.0);
static const fsim_scalar setting_share = {.name = "setting_share",
                                          .expected = "a share between 0 and 1 or 0 % and 100 %",
                                          .form = FSIM_FORM_SHARE,
                                          .most = 1,
                                          .above = true};

NUMBER_SCALAR(setting_reach, "a share from 0 to 1 (or 0 % to 100 %)", FSIM_FORM_SHARE,
              FSIM_NOT_A_NUMBER, 0, 1);

static const fsim_scalar probability_or_rest = {
    .name = "probability_or_rest",
    .expected = "a probability from 0 to 1 (or 0 % to 100 %), or rest",
    .form = FSIM_FORM_SHARE,
    .kind = FSIM_KIND_PROBABILITY,
    .most = 1,
    .words = rest_word};
NUMBER_SCALAR(probability, "a probability from 0 to 1 (or 0 % to 100 %)", FSIM_FORM_SHARE,
              FSIM_KIND_PROBABILITY, 0, 1);
NUMBER_SCALAR(share, "a share from 0 to 1 (or 0 % to 100 %)", FSIM_FORM_SHARE, FSIM_KIND_SHARE, 0,
              1);
NUMBER_SCALAR(money, "an amount of money, a plain number", FSIM_FORM_NUMBER, FSIM_KIND_MONEY,
              -INFINITY, INFINITY);
NUMBER_SCALAR(cost, "an amount of money of 0 or more, a plain number", FSIM_FORM_NUMBER,
              FSIM_KIND_MONEY, 0, INFINITY);
NUMBER_SCALAR(wage, "money per time, such as 38 / h", FSIM_FORM_RATE, FSIM_KIND_RATE, 0, INFINITY);
NUMBER_SCALAR(rate, "a number per time, such as 60 / d", FSIM_FORM_RATE, FSIM_KIND_RATE, 0,
              INFINITY);
NUMBER_SCALAR(growth, "a growth per time, such as 1 % / month", FSIM_FORM_GROWTH, FSIM_NOT_A_NUMBER,
              -INFINITY, INFINITY);
NUMBER_SCALAR(factor, "a factor of 0 or more", FSIM_FORM_NUMBER, FSIM_KIND_NUMBER, 0, INFINITY);
NUMBER_SCALAR(number, "a number", FSIM_FORM_NUMBER, FSIM_KIND_NUMBER, -INFINITY, INFINITY);
static const fsim_scalar positive = {.name = "positive",
                                     .expected = "a number of more than 0",
                                     .form = FSIM_FORM_NUMBER,
                                     .kind = FSIM_KIND_NUMBER,
                                     .most = INFINITY,
                                     .above = true};
NUMBER_SCALAR(day_cv, "a number from 0 to 10", FSIM_FORM_NUMBER, FSIM_KIND_NUMBER, 0,
              FSIM_MOST_FACTOR_CV);
NUMBER_SCALAR(pace_cv, "a number from 0 to 2 (or 0 % to 200 %)", FSIM_FORM_SHARE, FSIM_KIND_NUMBER,
              0, 2);
NUMBER_SCALAR(size, "a number of 0 or more", FSIM_FORM_NUMBER, FSIM_KIND_SIZE, 0, 65535);
NUMBER_SCALAR(visit_count, "a whole number from 1 to 65535", FSIM_FORM_WHOLE, FSIM_KIND_SIZE, 1,
              65535);
NUMBER_SCALAR(queue_limit, "a whole number of 0 or more", FSIM_FORM_WHOLE, FSIM_KIND_SIZE, 0,
              4294967295.0);

const fsim_scalar *fsim_parameter_scalar(fsim_parameter_kind parameter, fsim_number_kind unit) {
  if (parameter == FSIM_PARAMETER_NUMBER) return &number;
  if (parameter == FSIM_PARAMETER_RATE) return unit == FSIM_KIND_TIME ? &rate : &positive;
  switch (unit) {
    case FSIM_KIND_TIME:
      return &time;
    case FSIM_KIND_RATE:
      return &rate;
    case FSIM_KIND_PROBABILITY:
      return &probability;
    case FSIM_KIND_SHARE:
      return &share;
    case FSIM_KIND_MONEY:
      return &money;
    default:
      return &number;
  }
}

const fsim_scalar *fsim_shift_scalar(fsim_number_kind unit) {
  return unit == FSIM_KIND_TIME ? &signed_time : &number;
}

const fsim_scalar *fsim_scale_scalar(void) {
  return &positive;
}

/* ---- shapes ---- */

#define OF_SCALAR(id) \
  static const fsim_shape a_##id = {.kind = FSIM_SHAPE_SCALAR, .name = #id, .scalar = &id}
#define OBJECT(id, text, table)  \
  static const fsim_shape id = { \
      .kind = FSIM_SHAPE_OBJECT, .name = text, .keys = table, .n_keys = COUNT(table)}
#define NAMED(id, text, how, what) \
  static const fsim_shape id = {   \
      .kind = FSIM_SHAPE_NAMED, .name = text, .scalar = &how, .of = &what, .least = 1}
#define LIST(id, text, what, from, to) \
  static const fsim_shape id = {       \
      .kind = FSIM_SHAPE_LIST, .name = text, .of = &what, .least = from, .most = to}
#define LAW(id, text, what) \
  static const fsim_shape id = {.kind = FSIM_SHAPE_LAW, .name = text, .unit = what}
#define LAW_OR_SCALE(id, text, what) \
  static const fsim_shape id = {     \
      .kind = FSIM_SHAPE_LAW, .name = text, .unit = what, .may_scale = true}

OF_SCALAR(text);
OF_SCALAR(name);
OF_SCALAR(attribute_value);
OF_SCALAR(outcome_of_funnel);
OF_SCALAR(stage_of_funnel);
OF_SCALAR(date);
OF_SCALAR(clock);
OF_SCALAR(days);
OF_SCALAR(flag);
OF_SCALAR(counts_as);
OF_SCALAR(occupies);
OF_SCALAR(spacing);
OF_SCALAR(discipline);
OF_SCALAR(applies_to);
OF_SCALAR(some_time);
OF_SCALAR(span);
OF_SCALAR(setting_time);
OF_SCALAR(setting_whole);
OF_SCALAR(setting_seed);
OF_SCALAR(setting_share);
OF_SCALAR(setting_reach);
OF_SCALAR(probability);
OF_SCALAR(probability_or_rest);
OF_SCALAR(share);
OF_SCALAR(cost);
OF_SCALAR(wage);
OF_SCALAR(rate);
OF_SCALAR(growth);
OF_SCALAR(factor);
OF_SCALAR(positive);
OF_SCALAR(day_cv);
OF_SCALAR(pace_cv);
OF_SCALAR(size);
OF_SCALAR(visit_count);
OF_SCALAR(queue_limit);

static const fsim_shape any = {.kind = FSIM_SHAPE_ANY, .name = "any value"};
static const fsim_shape paths = {
    .kind = FSIM_SHAPE_NAMED, .name = "changes by path", .scalar = &text, .of = &any, .least = 1};

LAW(a_duration_law, "a time or a distribution of times", FSIM_KIND_TIME);
LAW(a_money_law, "an amount or a distribution of amounts", FSIM_KIND_MONEY);
LAW_OR_SCALE(changed_duration, "a time, a distribution of times or {scale: 1.6}", FSIM_KIND_TIME);
LAW_OR_SCALE(changed_money, "an amount, a distribution or {scale: 1.6}", FSIM_KIND_MONEY);

/* A stage */

static const fsim_file_key exit_keys[] = {
    {"probability", &a_probability_or_rest, false, "share of visits that leave by this exit"},
    {"wait", &a_duration_law, false, "the wait of visits that leave by this exit"}};
OBJECT(exit_map, "an exit", exit_keys);
static const fsim_shape an_exit = {.kind = FSIM_SHAPE_EITHER,
                                   .name = "an exit",
                                   .if_scalar = &a_probability_or_rest,
                                   .if_map = &exit_map};
NAMED(exits, "exits", name, an_exit);

static const fsim_file_key work_keys[] = {
    {"team", &a_name, true, "the team whose time it takes"},
    {"time", &a_duration_law, true, "working time of one visit"},
    {"patience", &a_duration_law, false, "how long a journey queues before it leaves"},
    {"occupies", &a_occupies, false, "what holds the place: the work, or the stage to its end"},
    {"abandon", &a_name, false, "where impatient journeys go; lost when not given"}};
OBJECT(work, "work", work_keys);

static const fsim_file_key expire_keys[] = {
    {"after", &a_some_time, true, "age in the stage at which the visit ends"},
    {"to", &a_name, true, "stage or outcome that it then goes to"}};
OBJECT(expire, "expire", expire_keys);

static const fsim_file_key drop_keys[] = {
    {"win_probability_below", &a_probability, true, "the deal is dropped below this chance"},
    {"to", &a_name, true, "stage or outcome that it then goes to"}};
OBJECT(drop, "drop", drop_keys);

static const fsim_file_key max_visits_keys[] = {
    {"count", &a_visit_count, true, "visits of this stage in one journey"},
    {"to", &a_name, true, "where the next entry goes instead"}};
OBJECT(max_visits, "max_visits", max_visits_keys);

LIST(exit_names, "names of exits", a_name, 1, 0);
static const fsim_file_key wait_effect_keys[] = {
    {"half_life", &a_some_time, true, "queueing time that halves the effect"},
    {"floor", &a_share, true, "what remains of the odds after endless queueing"},
    {"exits", &exit_names, true, "exits whose odds fall"}};
OBJECT(wait_effect, "wait_effect", wait_effect_keys);

static const fsim_file_key stage_keys[] = {
    {"title", &a_text, false, "for people"},
    {"work", &work, false, "a person's time, before the wait"},
    {"wait", &a_duration_law, false, "the customer's time; 0 when not given"},
    {"race", &a_flag, false, "exits race: each has its own wait, the first to run out is taken"},
    {"exits", &exits, true, "where visits go: stages or outcomes of this funnel"},
    {"expire", &expire, false, "ends stale visits at an age"},
    {"drop", &drop, false, "ends visits that will hardly win any more"},
    {"max_visits", &max_visits, false, "bounds a loop"},
    {"wait_effect", &wait_effect, false, "how queueing lowers the odds of exits"}};
OBJECT(stage, "a stage", stage_keys);
NAMED(stages, "stages", name, stage);

static const fsim_file_key outcome_keys[] = {
    {"title", &a_text, false, "for people"},
    {"counts_as", &a_counts_as, false, "win: counted as won"}};
OBJECT(outcome, "an outcome", outcome_keys);
NAMED(outcomes, "outcomes", name, outcome);

/* Overrides */

LIST(values, "values of an attribute", a_attribute_value, 1, 0);
static const fsim_shape value_or_values = {.kind = FSIM_SHAPE_EITHER,
                                           .name = "a value or a list of values",
                                           .if_scalar = &a_attribute_value,
                                           .if_list = &values};
NAMED(when, "attributes and their values", name, value_or_values);

static const fsim_file_key changed_exit_keys[] = {
    {"probability", &a_probability_or_rest, false, "the others change in proportion"},
    {"wait", &changed_duration, false, "another wait of this exit, or {scale: 1.6}"}};
OBJECT(changed_exit_map, "an exit", changed_exit_keys);
static const fsim_shape changed_exit = {.kind = FSIM_SHAPE_EITHER,
                                        .name = "an exit",
                                        .if_scalar = &a_probability_or_rest,
                                        .if_map = &changed_exit_map};
NAMED(changed_exits, "exits", name, changed_exit);
NAMED(odds, "odds of exits", name, a_factor);

static const fsim_file_key changed_work_keys[] = {
    {"scale", &a_positive, false, "factor of the working time"},
    {"team", &a_name, false, "another team"},
    {"time", &changed_duration, false, "another working time"},
    {"patience", &changed_duration, false, "another patience"},
    {"occupies", &a_occupies, false, "what holds the place"},
    {"abandon", &a_name, false, "where impatient journeys go"}};
OBJECT(changed_work, "work", changed_work_keys);
static const fsim_file_key changed_expire_keys[] = {
    {"scale", &a_positive, false, "factor of the age"},
    {"after", &a_some_time, false, "age in the stage at which the visit ends"},
    {"to", &a_name, false, "stage or outcome that it then goes to"}};
OBJECT(changed_expire, "expire", changed_expire_keys);
static const fsim_file_key changed_drop_keys[] = {
    {"scale", &a_positive, false, "factor of the limit"},
    {"win_probability_below", &a_probability, false, "the deal is dropped below this chance"},
    {"to", &a_name, false, "stage or outcome that it then goes to"}};
OBJECT(changed_drop, "drop", changed_drop_keys);
static const fsim_file_key changed_max_visits_keys[] = {
    {"count", &a_visit_count, false, "visits of this stage in one journey"},
    {"to", &a_name, false, "where the next entry goes instead"}};
OBJECT(changed_max_visits, "max_visits", changed_max_visits_keys);

static const fsim_file_key changed_stage_keys[] = {
    {"work", &changed_work, false, "parts of the work, or {scale: 2}"},
    {"wait", &changed_duration, false, "another wait; {scale: 1.6} also scales the exits' waits"},
    {"exits", &changed_exits, false, "probabilities and waits of some exits"},
    {"odds", &odds, false, "factors on the odds of some exits"},
    {"expire", &changed_expire, false, "another expiry"},
    {"drop", &changed_drop, false, "another drop rule"},
    {"max_visits", &changed_max_visits, false, "another bound of a loop"}};
OBJECT(changed_stage, "a changed stage", changed_stage_keys);
NAMED(changed_stages, "stages", name, changed_stage);

static const fsim_file_key override_keys[] = {
    {"when", &when, true, "which leads: attribute to value or list of values"},
    {"stages", &changed_stages, false, "what is different for them, by stage"},
    {"value", &changed_money, false, "another value of their journeys"}};
OBJECT(override, "an override", override_keys);
LIST(overrides, "overrides", override, 0, 0);

/* A model file */

static const fsim_file_key model_keys[] = {
    {"funnel", &a_name, true, "the funnel's name"},
    {"title", &a_text, false, "for people"},
    {"entry", &a_name, true, "the stage where journeys begin"},
    {"stages", &stages, true, "the funnel's stages by name"},
    {"outcomes", &outcomes, true, "how journeys end"},
    {"value", &a_money_law, false, "worth of a win, drawn for each journey"},
    {"overrides", &overrides, false, "what is different for some leads; later ones win"}};
const fsim_shape fsim_model_shape = {.kind = FSIM_SHAPE_OBJECT,
                                     .name = "a model file",
                                     .keys = model_keys,
                                     .n_keys = COUNT(model_keys)};

/* A scenario file */

LIST(funnel_names, "names of funnels", a_name, 1, 0);
static const fsim_shape model_bodies = {.kind = FSIM_SHAPE_NAMED,
                                        .name = "models",
                                        .scalar = &name,
                                        .of = &fsim_model_shape,
                                        .least = 1};
static const fsim_shape models = {.kind = FSIM_SHAPE_EITHER,
                                  .name = "a list of funnels",
                                  .if_list = &funnel_names,
                                  .if_map = &model_bodies};

static const fsim_file_key precision_keys[] = {
    {"metric", &a_text, true, "what must be precise, such as basic.won"},
    {"half_width", &a_setting_share, true, "half the interval's width, relative to the mean"},
    {"confidence", &a_setting_share, false, "confidence of that interval"}};
OBJECT(precision, "precision", precision_keys);

NAMED(attributes, "attributes", name, values);
NAMED(shares, "values and their shares", attribute_value, a_share);
static const fsim_shape value_or_shares = {.kind = FSIM_SHAPE_EITHER,
                                           .name = "a value, or values and their shares",
                                           .if_scalar = &a_attribute_value,
                                           .if_map = &shares};
NAMED(stream_attributes, "attributes", name, value_or_shares);
NAMED(columns, "attributes and their columns", name, a_text);

LIST(seven_factors, "seven factors, Monday first", a_factor, 7, 7);
LIST(twelve_factors, "twelve factors, January first", a_factor, 12, 12);
static const fsim_file_key month_keys[] = {
    {"jan", &a_factor, false, "January"},   {"feb", &a_factor, false, "February"},
    {"mar", &a_factor, false, "March"},     {"apr", &a_factor, false, "April"},
    {"may", &a_factor, false, "May"},       {"jun", &a_factor, false, "June"},
    {"jul", &a_factor, false, "July"},      {"aug", &a_factor, false, "August"},
    {"sep", &a_factor, false, "September"}, {"oct", &a_factor, false, "October"},
    {"nov", &a_factor, false, "November"},  {"dec", &a_factor, false, "December"}};
OBJECT(month_map, "months", month_keys);
static const fsim_shape months = {.kind = FSIM_SHAPE_EITHER,
                                  .name = "twelve factors, or factors by month",
                                  .if_list = &twelve_factors,
                                  .if_map = &month_map};

static const fsim_file_key campaign_keys[] = {
    {"on", &a_date, true, "first day"},
    {"leads", &a_factor, true, "expected number of leads"},
    {"over", &a_some_time, true, "time over which they come"}};
OBJECT(campaign, "a campaign", campaign_keys);
LIST(campaign_list, "campaigns", campaign, 1, 0);
static const fsim_shape campaigns = {.kind = FSIM_SHAPE_EITHER,
                                     .name = "a campaign or a list of them",
                                     .if_map = &campaign,
                                     .if_list = &campaign_list};
static const fsim_file_key dispersion_keys[] = {
    {"cv", &a_day_cv, true, "coefficient of variation of a day's rate"}};
OBJECT(dispersion, "dispersion", dispersion_keys);

static const fsim_file_key trend_keys[] = {
    {"factor", &a_positive, true, "factor of the rate in the end"},
    {"over", &a_some_time, true, "time from the start until then"}};
OBJECT(trend, "a trend", trend_keys);
static const fsim_file_key csv_keys[] = {{"file", &a_text, true, "CSV file beside the scenario"},
                                         {"date", &a_text, true, "column with the date of arrival"},
                                         {"attributes", &columns, false, "attribute to column"}};
OBJECT(csv, "a replay", csv_keys);

static const fsim_file_key stream_keys[] = {
    {"into", &a_name, true, "the funnel that its leads enter"},
    {"rate", &a_rate, false, "leads per time, such as 60 / d"},
    {"weekday", &seven_factors, false, "factors of the rate, Monday first"},
    {"month", &months, false, "factors of the rate, January first"},
    {"growth", &a_growth, false, "growth of the rate, such as 1 % / month"},
    {"trend", &trend, false, "growth of the rate that ends"},
    {"campaign", &campaigns, false, "leads on top of the rate, in a span of time"},
    {"dispersion", &dispersion, false, "days that vary more than Poisson"},
    {"spacing", &a_spacing, false, "poisson (default) or evenly"},
    {"csv", &csv, false, "dated leads to be replayed"},
    {"attributes", &stream_attributes, false, "a value, or shares of values, for each attribute"},
    {"cost", &a_cost, false, "money per lead"}};
OBJECT(stream, "a stream", stream_keys);
NAMED(streams, "streams", name, stream);

static const fsim_file_key hours_keys[] = {{"days", &a_days, true, "weekdays, such as mon-fri"},
                                           {"from", &a_clock, true, "opening time"},
                                           {"to", &a_clock, true, "closing time"}};
OBJECT(hours_map, "hours", hours_keys);
LIST(hours_list, "hours", hours_map, 1, 0);
static const fsim_shape hours = {.kind = FSIM_SHAPE_EITHER,
                                 .name = "hours or a list of them",
                                 .if_map = &hours_map,
                                 .if_list = &hours_list};
LIST(dates, "dates", a_date, 0, 0);
static const fsim_file_key class_keys[] = {{"when", &when, true, "leads of this class"}};
OBJECT(priority_class, "a class", class_keys);
LIST(classes, "classes, first served first", priority_class, 1, 0);
static const fsim_file_key queue_keys[] = {
    {"priority", &classes, true, "classes in the order in which they are served"}};
OBJECT(queue_map, "a queue", queue_keys);
static const fsim_shape queue = {.kind = FSIM_SHAPE_EITHER,
                                 .name = "a queue discipline",
                                 .if_scalar = &a_discipline,
                                 .if_map = &queue_map};
static const fsim_file_key team_change_keys[] = {{"on", &a_date, true, "date"},
                                                 {"size", &a_size, true, "size from then on"}};
OBJECT(team_change, "a change of size", team_change_keys);
LIST(team_changes, "changes of size", team_change, 0, 0);
static const fsim_file_key team_keys[] = {
    {"size", &a_size, true, "number of people"},
    {"concurrency", &a_positive, false, "journeys that one person serves at once"},
    {"hours", &hours, false, "weekly opening hours; always open when not given"},
    {"closed", &dates, false, "dates without work"},
    {"queue", &queue, false, "who is served first"},
    {"limit", &a_queue_limit, false, "longest queue; who finds it full abandons"},
    {"changes", &team_changes, false, "sizes from dates on"},
    {"cost", &a_wage, false, "cost of a person, such as 38 / h"}};
OBJECT(team, "a team", team_keys);
NAMED(teams, "teams", name, team);

static const fsim_file_key link_keys[] = {
    {"from", &a_outcome_of_funnel, true, "funnel.outcome"},
    {"to", &a_name, true, "the funnel that the lead enters next"},
    {"probability", &a_probability, false, "how often; always when not given"},
    {"after", &a_duration_law, false, "time between; none when not given"}};
OBJECT(link, "a link", link_keys);
LIST(links, "links", link, 0, 0);

LIST(stages_of_funnels, "one stage or more", a_stage_of_funnel, 1, 0);
static const fsim_file_key pace_keys[] = {
    {"cv", &a_pace_cv, true, "how much weeks vary: coefficient of variation of their factors"},
    {"stages", &stages_of_funnels, false, "stages whose waits it drives; all without work else"}};
OBJECT(pace, "a pace", pace_keys);
NAMED(paces, "paces", name, pace);

static const fsim_file_key pipeline_keys[] = {
    {"file", &a_text, true, "CSV file beside the scenario"},
    {"funnel", &a_name, true, "the funnel of the deals"},
    {"stage", &a_text, true, "column with the stage"},
    {"entered", &a_text, true, "column with the date of entry into that stage"},
    {"attributes", &columns, false, "attribute to column"},
    {"value", &a_text, false, "column with the value"}};
OBJECT(pipeline_map, "a pipeline", pipeline_keys);
LIST(pipeline_list, "pipelines", pipeline_map, 1, 0);
static const fsim_shape pipeline = {.kind = FSIM_SHAPE_EITHER,
                                    .name = "a pipeline or a list of them",
                                    .if_map = &pipeline_map,
                                    .if_list = &pipeline_list};

static const fsim_file_key change_keys[] = {
    {"on", &a_date, true, "first day"},
    {"set", &paths, true, "what is then different, by path"},
    {"ramp", &a_setting_time, false, "time over which it is brought in"},
    {"share", &a_setting_reach, false, "share of leads that it reaches"},
    {"applies_to", &a_applies_to, false, "new, next_stage (default) or all"}};
OBJECT(change, "a change", change_keys);
LIST(changes, "changes", change, 0, 0);

static const fsim_file_key scenario_keys[] = {
    {"scenario", &a_name, true, "the scenario's name"},
    {"title", &a_text, false, "for people"},
    {"extends", &a_text, false, "the scenario file that this one varies"},
    {"set", &paths, false, "what is different from it, by path"},
    {"currency", &a_text, false, "the currency of all money"},
    {"models", &models, true, "funnels, found beside the scenario or in models/"},
    {"start", &a_date, true, "first day"},
    {"horizon", &a_span, true, "length of the run"},
    {"warm_up", &a_setting_time, false, "what is left out of all measurement"},
    {"replications", &a_setting_whole, false, "independent runs; 100 when not given"},
    {"precision", &precision, false, "runs until an interval is narrow enough"},
    {"confidence", &a_setting_share, false, "confidence of all intervals; 95 % when not given"},
    {"seed", &a_setting_seed, false, "of all random numbers"},
    {"attributes", &attributes, false, "categories of leads and their values"},
    {"streams", &streams, false, "how leads arrive"},
    {"teams", &teams, false, "who does the work"},
    {"links", &links, false, "what follows an outcome"},
    {"paces", &paces, false, "weeks in which all waits run faster or slower"},
    {"pipeline", &pipeline, false, "deals that are open at the start"},
    {"changes", &changes, false, "changes on a date"}};
const fsim_shape fsim_scenario_shape = {.kind = FSIM_SHAPE_OBJECT,
                                        .name = "a scenario file",
                                        .keys = scenario_keys,
                                        .n_keys = COUNT(scenario_keys),
                                        .unless = "extends"};
