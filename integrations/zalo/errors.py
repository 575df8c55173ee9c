"""What each error of Zalo's API means for the message that was being sent."""

from integrations.channel import TransportError

REFRESH = frozenset({-216, -220})
OPERATOR = frozenset({-204, -205, -209, -212, -219, -221, -223, -224, -320, -321})
"""The account or the app needs a person (package, permission, verification); temporary, so that nothing is lost."""
QUOTA = frozenset({-211, -218, -311, -305})
_USER = frozenset({-213, -217, -227, -230, -232, -244})
_OURS = frozenset({-201, -210, -233, -240, -242, -100})
_PAUSES = {-32: 60.0, -200: 30.0}
_OPERATOR_PAUSE = 900.0
_QUOTA_PAUSE = 3600.0

OPERATOR_CODES = frozenset(map(str, OPERATOR)) | {"no_tokens", "consent_needed"}
"""TransportError codes on which a person must act; `no_tokens` and `consent_needed`: grant the app access again."""


def api_error(code: int) -> TransportError:
    """The TransportError for a non-zero `error` in an answer of the API: the call was refused, so never ambiguous."""
    if code in _USER or code in _OURS:
        return TransportError(str(code), permanent=True)
    if code in OPERATOR:
        return TransportError(str(code), retry_after=_OPERATOR_PAUSE)
    if code in QUOTA:
        return TransportError(str(code), retry_after=_QUOTA_PAUSE)
    return TransportError(str(code), retry_after=_PAUSES.get(code))
