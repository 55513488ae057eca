/* Amounts as exports write them: $1,234.50, 1.234,50 EUR, (500), 1'234.50 CHF. Private to this
 * folder. */
#ifndef FSIM_ANALYSIS_FIT_MONEY_H
#define FSIM_ANALYSIS_FIT_MONEY_H

#include <stdbool.h>

/* ',' or '.' where the field can be read with that decimal sign only; 0 where both would do, or
 * where it is no amount. */
char fsim_money_decimal(const char *field);

/* One number with signs of thousands in their places, a sign before or behind it, or brackets for
 * one below zero, and the name of a currency. False for all else: percentages, 1.2M, 12,5 where the
 * decimal sign is a point. */
bool fsim_money_read(const char *field, bool decimal_comma, double *amount);

#endif
