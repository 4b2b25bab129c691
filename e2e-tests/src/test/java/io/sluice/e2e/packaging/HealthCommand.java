package io.sluice.e2e.packaging;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;

/** The command of a HEALTHCHECK in its JSON form. */
final class HealthCommand {

    private HealthCommand() {}

    static List<String> of(String healthCheck) throws JsonProcessingException {
        String json = healthCheck.substring(healthCheck.indexOf("CMD ") + "CMD ".length());
        return new ObjectMapper().readValue(json, new TypeReference<List<String>>() {});
    }
}
