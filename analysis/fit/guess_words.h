/* What the words of headers and of stages usually mean, in the languages that CRMs speak. Private
 * to this folder. */
#ifndef FSIM_ANALYSIS_FIT_GUESS_WORDS_H
#define FSIM_ANALYSIS_FIT_GUESS_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* What a column can be, besides the roles of a mapping: FSIM_COLUMNS + one of these. */
enum { FSIM_GUESS_WON_AT, FSIM_GUESS_LOST_AT, FSIM_GUESS_EXTRA };

/* "Deal - CloseDate" as "deal close date": small letters, words parted by one blank; the caller
 * frees; NULL when memory is out. */
char *fsim_guess_words(const char *header);
/* How well such words fit a role; 0 not at all. */
int fsim_guess_role_score(size_t role, const char *words);
/* Whether they are those of a price of one piece, not of all of them. */
bool fsim_guess_is_price(const char *words);

typedef enum fsim_guess_ending {
  FSIM_GUESS_NO_ENDING,
  FSIM_GUESS_WON,
  FSIM_GUESS_LOST,
  FSIM_GUESS_CANCELLED,
  FSIM_GUESS_OPEN /* says only that the case goes on */
} fsim_guess_ending;
/* What the name of a status or an activity says of the end of a case. */
fsim_guess_ending fsim_guess_ending_of(const char *words);

/* Whether a column's words say that it is written down because of how or when a deal ended. */
int fsim_guess_tells_end(const char *words);

/* Whether a column's words say that it holds times. */
int fsim_guess_names_time(const char *words);

/* A column with the name of what was changed, and one with what it was changed to. */
int fsim_guess_names_field(const char *words);
int fsim_guess_names_new_value(const char *words);
/* Whether a date tells when a row was last touched, or what is to come. */
int fsim_guess_is_update(const char *words);

/* Whether the words of an expected date say that it is the one which was set first. */
int fsim_guess_first_set(const char *words);

/* Whether a date column's words say "entered stage so-and-so"; *stage is then the rest of them. */
int fsim_guess_stage_date(const char *words, const char **stage, size_t *length);

#endif
