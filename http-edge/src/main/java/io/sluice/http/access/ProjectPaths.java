package io.sluice.http.access;

import io.sluice.contracts.error.SluiceException;
import java.util.List;
import java.util.Optional;

/** Which paths name something that belongs to a project; each service has one. */
public interface ProjectPaths {

    /**
     * May block.
     *
     * @param segments of the path, decoded, as in {@code api, v1, tasks, 7}
     * @return empty when the path names nothing that belongs to a project
     */
    Optional<Owned> find(List<String> segments);

    /**
     * Something that belongs to a project.
     *
     * @param project empty when there is no such thing
     * @param missing what is answered to who may not know whether there is one
     */
    record Owned(Optional<String> project, SluiceException missing) {}
}
