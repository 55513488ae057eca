/* A scenario that uses everything that the independent engine knows. */
#ifndef TESTS_ENGINE_RICH_H
#define TESTS_ENGINE_RICH_H

#define RICH_DEALS                     \
  "stage,entered,segment,amount\n"     \
  "offer,2025-12-20,smb,1500.5\n"      \
  "offer,2026-01-05,enterprise,\n"     \
  "talk,2025-06-01,enterprise,90000\n" \
  "talk,2025-12-31,smb,\n"             \
  "nurture,2025-11-05,smb,700\n"

#define RICH_HEAD                                                                             \
  "scenario: rich\n"                                                                          \
  "start: 2026-01-05\n"                                                                       \
  "horizon: 100 d\n"                                                                          \
  "warm_up: 10 d\n"                                                                           \
  "seed: 42\n"                                                                                \
  "attributes: {segment: [smb, enterprise], source: [web, referral]}\n"                       \
  "models:\n"                                                                                 \
  "  basic:\n"                                                                                \
  "    funnel: basic\n"                                                                       \
  "    entry: enquiry\n"                                                                      \
  "    stages:\n"                                                                             \
  "      enquiry:\n"                                                                          \
  "        wait: {exponential: {mean: 2 d}}\n"                                                \
  "        exits: {talk: 0.6, nurture: 0.2, lost: rest}\n"                                    \
  "      talk:\n"                                                                             \
  "        wait: {lognormal: {mean: 6 d, cv: 1.1}}\n"                                         \
  "        exits: {offer: 0.6, enquiry: 0.1, lost: rest}\n"                                   \
  "        expire: {after: 12 d, to: lost}\n"                                                 \
  "      nurture:\n"                                                                          \
  "        race: true\n"                                                                      \
  "        exits: {enquiry: {wait: 30 d}, lost: {wait: {exponential: {mean: 40 d}}}}\n"       \
  "        max_visits: {count: 1, to: lost}\n"                                                \
  "      offer:\n"                                                                            \
  "        exits:\n"                                                                          \
  "          won: {probability: 0.5, wait: {lognormal: {median: 9 d, sigma: 0.7}}}\n"         \
  "          lost: {probability: rest, wait: {exponential: {mean: 21 d}}}\n"                  \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                         \
  "    value: {lognormal: {mean: 12000, cv: 1.1}}\n"                                          \
  "    overrides:\n"                                                                          \
  "      - when: {segment: enterprise}\n"                                                     \
  "        stages: {talk: {wait: {scale: 1.6}, exits: {offer: 0.65}}}\n"                      \
  "        value: {scale: 5}\n"                                                               \
  "  more:\n"                                                                                 \
  "    funnel: more\n"                                                                        \
  "    entry: ask\n"                                                                          \
  "    stages: {ask: {wait: {gamma: {mean: 5 d, cv: 0.6}}, exits: {won: 0.4, lost: rest}}}\n" \
  "    outcomes: {won: {counts_as: win}, lost: {}}\n"                                         \
  "streams:\n"                                                                                \
  "  web: {into: basic, rate: 12 / d, weekday: [1.2, 1.1, 1, 1, 0.9, 0.4, 0.4],"              \
  " attributes: {segment: {smb: 0.8, enterprise: 0.2}, source: {web: 0.7, referral: 0.3}}, "  \
  "cost: 35}\n"                                                                               \
  "  fair: {into: basic, campaign: {on: 2026-02-10, leads: 60, over: 3 d},"                   \
  " attributes: {segment: {smb: 0.5, enterprise: 0.5}, source: web}}\n"                       \
  "  bunch: {into: more, rate: 2 / d, dispersion: {cv: 0.6},"                                 \
  " attributes: {segment: smb, source: web}}\n"                                               \
  "links:\n"                                                                                  \
  "  - {from: basic.won, to: more, probability: 0.8, after: {exponential: {mean: 10 d}}}\n"   \
  "  - {from: basic.lost, to: basic, probability: 0.3, after: 15 d}\n"                        \
  "  - {from: basic.won, to: basic, probability: 0.5, after: {exponential: {mean: 12 d}}}\n"
#define RICH_PIPELINE                                                           \
  "pipeline: {file: deals.csv, funnel: basic, stage: stage, entered: entered, " \
  "attributes: {segment: segment}, value: amount}\n"
#define RICH_CHANGES                                                                       \
  "changes:\n"                                                                             \
  "  - {on: 2026-02-01, applies_to: new, set: {basic.stages.enquiry.exits.talk: +5 pp}}\n" \
  "  - {on: 2026-02-15, ramp: 2 w, share: 60 %, applies_to: next_stage,"                   \
  " set: {basic.stages.talk.wait: x0.5}}\n"                                                \
  "  - {on: 2026-03-01, applies_to: all, set: {basic.stages.offer.exits.won.wait: x0.5}}\n"
#define RICH RICH_HEAD RICH_PIPELINE RICH_CHANGES

#endif
