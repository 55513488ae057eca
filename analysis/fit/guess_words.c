#include "analysis/fit/guess_words.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "analysis/fit/mapping.h"
#include "sim/base/array.h"

/* Capital letters inside a word begin the next one: CloseDate, dealID. */
static bool begins_word(const char *header, size_t i) {
  const unsigned char now = (unsigned char)header[i];
  const unsigned char before = i > 0 ? (unsigned char)header[i - 1] : ' ';
  return isupper(now) && (islower(before) || isdigit(before));
}

char *fsim_guess_words(const char *header) {
  size_t length = strlen(header), n = 0;
  char *words = fsim_zeroed(2 * length + 1, 1);
  for (size_t i = 0; words != NULL && i < length; i++) {
    const unsigned char c = (unsigned char)header[i];
    const bool letter = isalnum(c) || c >= 0x80;
    if ((!letter || begins_word(header, i)) && n > 0 && words[n - 1] != ' ') words[n++] = ' ';
    if (letter) words[n++] = (char)(c < 0x80 ? tolower(c) : c);
  }
  if (n > 0 && words[n - 1] == ' ') words[n - 1] = '\0';
  return words;
}

/* The same letters when blanks are left out: CLOSEDATE is "close date". */
static bool same_letters(const char *words, const char *phrase) {
  for (;; words++, phrase++) {
    while (*words == ' ') words++;
    while (*phrase == ' ') phrase++;
    if (*words != *phrase) return false;
    if (*words == '\0') return true;
  }
}

/* Whether `phrase` stands in `words` as whole words. */
static bool holds(const char *words, const char *phrase) {
  const size_t length = strlen(phrase);
  for (const char *at = strstr(words, phrase); at != NULL; at = strstr(at + 1, phrase)) {
    if ((at == words || at[-1] == ' ') && (at[length] == '\0' || at[length] == ' ')) return true;
  }
  return false;
}

#define MOST_PHRASES 48
#define MOST_EXCLUDING 24

/* The best phrase first. HubSpot, Salesforce, Pipedrive, Dynamics and process mining tools;
 * English, German, French, Spanish, Portuguese and Italian. */
typedef struct role_words {
  const char *is[MOST_PHRASES];
  const char *is_not[MOST_EXCLUDING];
} role_words;

static const role_words words_of[FSIM_COLUMNS + FSIM_GUESS_EXTRA] = {
    [FSIM_COLUMN_CASE] = {{"case concept name",
                           "case id",
                           "deal id",
                           "opportunity id",
                           "caseid",
                           "dealid",
                           "record id",
                           "lead id",
                           "application id",
                           "customer id",
                           "contact id",
                           "ticket id",
                           "order id",
                           "opportunity",
                           "deal",
                           "case",
                           "id",
                           "customer",
                           "fall",
                           "vorgang",
                           "fallnummer",
                           "vorgangsnummer",
                           "identifiant",
                           "affaire",
                           "negocio",
                           "oportunidad",
                           "kunde",
                           "client",
                           "cliente",
                           "deal name",
                           "number",
                           "nummer",
                           "customer email",
                           "email",
                           "e mail",
                           "email address"},
                          {"owner", "stage", "value", "status", "account", "parent", "stay"}},
    [FSIM_COLUMN_ACTIVITY] = {{"activity",   "concept name", "activity name", "event",
                               "to stage",   "new stage",    "stage",         "stage name",
                               "deal stage", "new value",    "action",        "task",
                               "step",       "state",        "status",        "phase",
                               "aktivität",  "aktivitaet",   "ereignis",      "stufe",
                               "activité",   "étape",        "etape",         "actividad",
                               "etapa",      "atividade",    "fase"},
                              {"date", "old", "from", "case", "financial", "fulfillment", "payment",
                               "order", "shipping"}},
    [FSIM_COLUMN_TIME] = {{"timestamp",     "time timestamp",    "complete timestamp",
                           "event time",    "datetime",          "date time",
                           "entered",       "entered at",        "changed at",
                           "edit date",     "last modified",     "last modified date",
                           "modified",      "modified at",       "modified date",
                           "stage changed", "stage change date", "time",
                           "occurred at",   "created date",      "order date",
                           "purchase date", "transaction date",  "invoice date",
                           "date",          "start time",        "created at",
                           "zeitstempel",   "zeitpunkt",         "zeit",
                           "datum",         "horodatage",        "fecha",
                           "data"},
                          {"expected", "due", "next", "close", "closed", "closing"}},
    [FSIM_COLUMN_LIFECYCLE] = {{"lifecycle", "lifecycle transition", "transition", "event type",
                                "lebenszyklus", "cycle de vie", "ciclo de vida", "ciclo di vita"},
                               {"stage"}},
    [FSIM_COLUMN_RESOURCE] = {{"resource", "org resource", "performed by", "user", "agent",
                               "employee", "changed by", "edited by", "bearbeiter", "ressource",
                               "recurso"},
                              {"id"}},
    [FSIM_COLUMN_VALUE] = {{"amount",       "value",        "deal value",  "close value",
                            "deal amount",  "order value",  "total price", "total amount",
                            "dollar value", "acv",          "arr",         "mrr",
                            "revenue",      "price",        "total",       "betrag",
                            "wert",         "auftragswert", "umsatz",      "montant",
                            "valeur",       "importe",      "valor",       "valore",
                            "importo",      "sales",        "order total", "grand total",
                            "total sales",  "net sales",    "line total",  "preis",
                            "einzelpreis",  "prix",         "precio",      "preço",
                            "prezzo"},
                           {"weighted", "date", "expected", "currency", "probability", "discount",
                            "tax", "shipping", "count", "number"}},
    [FSIM_COLUMN_CREATED] = {{"created",
                              "created at",
                              "create date",
                              "created date",
                              "creation date",
                              "date created",
                              "deal created",
                              "created on",
                              "created time",
                              "engage date",
                              "opened",
                              "opened at",
                              "open date",
                              "application date",
                              "start date",
                              "add time",
                              "erstellt",
                              "erstellt am",
                              "erstelldatum",
                              "erstellungsdatum",
                              "angelegt",
                              "angelegt am",
                              "date de création",
                              "date de creation",
                              "créé le",
                              "fecha de creación",
                              "fecha de creacion",
                              "data de criação",
                              "data di creazione"},
                             {"modified", "last", "next", "by"}},
    [FSIM_COLUMN_CLOSED] = {{"actual close date",
                             "actual closing date",
                             "actual closed date",
                             "actualclosedate",
                             "tatsächliches abschlussdatum",
                             "closed",
                             "closed at",
                             "close date",
                             "closed date",
                             "date closed",
                             "deal closed on",
                             "closed on",
                             "close time",
                             "stage modified time",
                             "converted date",
                             "date converted",
                             "conversion date",
                             "abschlussdatum",
                             "geschlossen",
                             "geschlossen am",
                             "abgeschlossen am",
                             "date de clôture",
                             "date de cloture",
                             "date de fermeture",
                             "fecha de cierre",
                             "data de fechamento",
                             "data di chiusura",
                             "closing date",
                             "end date"},
                            {"expected",          "estimated",       "forecast", "target",
                             "planned",           "projected",       "original", "initial",
                             "erwartet",          "erwartetes",      "geplant",  "geplantes",
                             "voraussichtliches", "voraussichtlich", "prévue",   "prevista",
                             "previsto",          "estimada",        "won",      "lost"}},
    [FSIM_COLUMN_STATUS] = {{"status", "deal status", "outcome", "result", "deal stage",
                             "stage name", "stage", "state", "phase", "ergebnis", "statut", "étape",
                             "etape", "estado", "etapa", "stato", "fase"},
                            {"date", "time", "changed", "old", "financial", "fulfillment"}},
    [FSIM_COLUMN_PARENT] = {{"lead id", "lead", "mql id", "contact id", "from lead", "lead nr"},
                            {"source", "date", "owner", "status"}},
    [FSIM_COLUMN_ORDER] = {{"invoice", "invoice no", "invoice number", "invoice id", "order id",
                            "order number", "order no", "order", "rechnungsnummer", "bestellnummer",
                            "auftragsnummer"},
                           {"date", "value", "amount", "total", "status", "time"}},
    [FSIM_COLUMN_DEAL] = {{"converted opportunity id", "converted opportunity", "opportunity id",
                           "deal id", "converted deal id", "associated deal ids", "opportunity",
                           "deal", "associated deal"},
                          {"owner", "stage", "name", "status", "value"}},
    [FSIM_COLUMN_QUANTITY] = {{"quantity", "qty", "units", "number of units", "lineitem quantity",
                               "menge", "anzahl", "stückzahl", "quantité", "quantite", "cantidad",
                               "quantidade", "quantità", "quantita"},
                              {"date", "price"}},
    [FSIM_COLUMN_EXPECTED] = {{"expected close date",
                               "expected close",
                               "expected closing date",
                               "expected closing",
                               "close date expected",
                               "estimated close date",
                               "estimated closing date",
                               "estimated closing",
                               "estimatedclosedate",
                               "est close date",
                               "forecast close date",
                               "forecasted close date",
                               "forecast close",
                               "forecast date",
                               "projected close date",
                               "planned close date",
                               "planned close",
                               "target close date",
                               "original close date",
                               "initial close date",
                               "voraussichtliches abschlussdatum",
                               "erwartetes abschlussdatum",
                               "geplantes abschlussdatum",
                               "erwarteter abschluss",
                               "geplanter abschluss",
                               "voraussichtlicher abschluss",
                               "abschluss erwartet",
                               "date de clôture prévue",
                               "date de cloture prevue",
                               "date de fermeture prévue",
                               "fecha de cierre prevista",
                               "fecha de cierre esperada",
                               "fecha de cierre estimada",
                               "data prevista de fechamento",
                               "data de fechamento prevista",
                               "data di chiusura prevista",
                               "expected date",
                               "close date",
                               "closing date"},
                              {"actual", "won", "lost", "modified", "changed", "last", "reason",
                               "tatsächliches", "closed"}},
    [FSIM_COLUMNS + FSIM_GUESS_WON_AT] = {{"won at", "won on", "won time", "won date", "date won",
                                           "gewonnen am", "gewonnen", "gagné le", "ganado el",
                                           "ganada el", "ganho em", "vinto il"},
                                          {"probability"}},
    [FSIM_COLUMNS + FSIM_GUESS_LOST_AT] = {{"lost at",           "lost on",
                                            "lost time",         "lost date",
                                            "date lost",         "verloren am",
                                            "verloren",          "perdu le",
                                            "perdido el",        "perdida el",
                                            "perdido em",        "perso il",
                                            "disqualified at",   "disqualified on",
                                            "disqualified date", "disqualification date",
                                            "date disqualified", "unqualified at",
                                            "unqualified date",  "rejected at",
                                            "rejected on",       "disqualifiziert am",
                                            "abgelehnt am"},
                                           {"reason", "grund"}},
};

int fsim_guess_role_score(size_t role, const char *words) {
  const role_words *known = &words_of[role];
  int score = 0;
  for (size_t i = 0; i < MOST_PHRASES && known->is[i] != NULL; i++) {
    if (same_letters(words, known->is[i])) return 2000 - (int)i;
    if (score == 0 && holds(words, known->is[i])) score = 1000 - (int)i;
  }
  for (size_t i = 0; score > 0 && i < MOST_EXCLUDING && known->is_not[i] != NULL; i++) {
    if (holds(words, known->is_not[i])) return 0;
  }
  return score;
}

static bool any_of(const char *words, const char *const *phrases, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (holds(words, phrases[i])) return true;
  }
  return false;
}

#define ANY_OF(words, phrases) any_of(words, phrases, sizeof phrases / sizeof *phrases)

bool fsim_guess_is_price(const char *words) {
  static const char *const price[] = {"price",  "preis", "einzelpreis", "stückpreis", "prix",
                                      "precio", "preço", "prezzo",      "unitprice"};
  static const char *const of_all[] = {"total", "gesamt", "totale", "sum", "extended", "line"};
  return ANY_OF(words, price) && !ANY_OF(words, of_all);
}

/* ---- ends ---- */

fsim_guess_ending fsim_guess_ending_of(const char *words) {
  static const char *const cancelled[] = {
      "cancelled", "canceled",    "withdrawn", "abandoned",   "disqualified", "expired",
      "storniert", "annulé",      "annule",    "abgebrochen", "cancelado",    "cancelada",
      "annullato", "unqualified", "cancel",    "withdraw",    "lapsed",       "zurückgezogen"};
  static const char *const lost[] = {"lost",     "closedlost", "declined",  "rejected",  "refused",
                                     "churned",  "failed",     "verloren",  "abgelehnt", "perdu",
                                     "perdido",  "perdida",    "rechazado", "perso",     "refusé",
                                     "recusado", "denied",     "dead",      "decline",   "reject",
                                     "refuse",   "deny"};
  static const char *const won[] = {
      "won",      "closedwon", "gewonnen",   "gagné",     "gagne",         "ganado",
      "ganada",   "ganho",     "vinto",      "activated", "approved",      "signed",
      "accepted", "success",   "successful", "funded",    "paid",          "purchased",
      "customer", "converted", "subscribed", "granted",   "abgeschlossen", "angenommen",
      "approve",  "accept",    "resolved",   "resolve",   "solved",        "gelöst",
      "hired",    "bound",     "issued"};
  static const char *const open[] = {"open",    "offen",       "ouvert",  "abierto",
                                     "abierta", "aberto",      "aperto",  "active",
                                     "pending", "in progress", "laufend", "en cours"};
  static const char *const not_won[] = {"not won",      "not converted", "not interested",
                                        "not accepted", "no sale",       "out sold",
                                        "outsold"};
  if (ANY_OF(words, not_won)) return FSIM_GUESS_LOST;
  if (ANY_OF(words, cancelled)) return FSIM_GUESS_CANCELLED;
  if (ANY_OF(words, lost)) return FSIM_GUESS_LOST;
  if (ANY_OF(words, won)) return FSIM_GUESS_WON;
  return ANY_OF(words, open) ? FSIM_GUESS_OPEN : FSIM_GUESS_NO_ENDING;
}

int fsim_guess_tells_end(const char *words) {
  static const char *const tell[] = {
      "won",        "lost",        "closed",      "is won",           "reason",
      "win",        "probability", "forecast",    "forecastcategory", "grund",
      "motif",      "motivo",      "raison",      "verlustgrund",     "iswon",
      "isclosed",   "converted",   "isconverted", "modified by",      "last modified by",
      "updated by", "edited by",   "lifecycle"};
  return ANY_OF(words, tell);
}

int fsim_guess_names_time(const char *words) {
  static const char *const times[] = {"date",      "time",        "timestamp", "at",
                                      "on",        "created",     "closed",    "modified",
                                      "entered",   "datum",       "zeit",      "createdate",
                                      "closedate", "createddate", "closeddate"};
  return ANY_OF(words, times);
}

int fsim_guess_names_field(const char *words) {
  static const char *const names[] = {
      "field",         "field name",    "field event", "property",      "fieldname",
      "changed field", "property name", "attribute",   "field changed", "feld"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (same_letters(words, names[i])) return 1;
  }
  return 0;
}

int fsim_guess_names_new_value(const char *words) {
  static const char *const names[] = {"new value",  "value",      "to value",
                                      "changed to", "neuer wert", "new"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (same_letters(words, names[i])) return 1;
  }
  return 0;
}

int fsim_guess_is_update(const char *words) {
  static const char *const updates[] = {"modified",
                                        "updated",
                                        "update",
                                        "last",
                                        "next",
                                        "due",
                                        "expected",
                                        "synced",
                                        "exported",
                                        "activity",
                                        "lastmodifieddate",
                                        "systemmodstamp",
                                        "lastactivitydate"};
  return ANY_OF(words, updates);
}

int fsim_guess_first_set(const char *words) {
  static const char *const first[] = {"original",       "originally",   "initial", "initially",
                                      "first",          "ursprünglich", "erste",   "erstes",
                                      "ursprüngliches", "initiale",     "original"};
  return ANY_OF(words, first);
}

int fsim_guess_stage_date(const char *words, const char **stage, size_t *length) {
  static const char *const before[] = {"hs date entered ",  "date entered ", "entered ",
                                       "date of entering ", "eintritt ",     "date d entrée "};
  static const char *const after[] = {" date", " at", " on", " time", " datum", " entered"};
  static const char *const no_stage[] = {
      "last",      "next",     "modified", "updated",  "due",     "expected", "birth",    "contact",
      "activity",  "today",    "start",    "end",      "renewal", "payment",  "exported", "created",
      "estimated", "snapshot", "hire",     "update",   "est",     "close",    "closing",  "planned",
      "forecast",  "target",   "deadline", "erwartet", "geplant"};
  *stage = words;
  *length = strlen(words);
  for (size_t i = 0; i < sizeof before / sizeof *before; i++) {
    if (strncmp(words, before[i], strlen(before[i])) != 0) continue;
    *stage += strlen(before[i]);
    *length = strlen(*stage);
    return *length > 0;
  }
  if (ANY_OF(words, no_stage)) return 0;
  for (size_t i = 0; i < sizeof after / sizeof *after; i++) {
    const size_t tail = strlen(after[i]);
    if (*length <= tail || strcmp(words + *length - tail, after[i]) != 0) continue;
    *length -= tail;
    return 1;
  }
  return 0;
}
